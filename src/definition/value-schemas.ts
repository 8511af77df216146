import type { StandardSchemaV1 } from "@standard-schema/spec";
import { durationMs, isDuration } from "../errors/duration.ts";
import type { Duration } from "./types.ts";

/** A config value that is a length of time; services get it in milliseconds. */
export interface DurationSchema<Input extends Duration | undefined = Duration> {
  readonly "~standard": StandardSchemaV1.Props<Input, number> & {
    readonly jsonSchema: { input(): unknown };
  };
}

/** A config value that is a length of time, `"30s"`; services get milliseconds, `30000`. */
export function duration(): DurationSchema;
/** The same with a value for all environments: `CACHE_TTL: duration("30s")`. */
export function duration(fallback: Duration): DurationSchema<Duration | undefined>;
export function duration(fallback?: Duration): DurationSchema<Duration | undefined> {
  const validate = (input: unknown) => {
    const given = input === undefined ? fallback : input;
    const read = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
    return isDuration(read) ? { value: durationMs(read) } : { issues: [{ message }] };
  };
  const standard = {
    version: 1,
    vendor: "tidegate",
    validate,
    jsonSchema: { input: () => described(fallback) },
  } as const;
  return Object.freeze({ "~standard": Object.freeze(standard) });
}

const message = 'Invalid input: expected a length of time like "500ms", "30s", "5m" or "2h"';

function described(fallback: Duration | undefined): unknown {
  const either = [{ type: "string", pattern: "^\\d+(\\.\\d+)?(ms|s|m|h)$" }, { type: "number" }];
  return { anyOf: either, ...(fallback !== undefined && { default: fallback }) };
}
