import { join } from "node:path";
import * as v from "valibot";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { writeFileAtomic } from "../../../files/write-atomic.ts";

const exit = v.strictObject({ code: v.nullable(v.number()), signal: v.nullable(v.string()) });

/**
 * How far a job has come, written by the process that looks after it. `begun` is written before the command is spawned: of a
 * job without it nothing was ever done, one with it is never begun again.
 */
const outcome = v.variant("is", [
  v.strictObject({ version: v.literal(1), nonce: v.string(), is: v.literal("begun") }),
  v.strictObject({ version: v.literal(1), nonce: v.string(), is: v.literal("ended"), exit, timedOut: v.boolean() }),
]);
export type Outcome = v.InferOutput<typeof outcome>;

/** `undefined`: none, not a whole one, or that of another start. */
export function readOutcome(folder: string, nonce: string): Outcome | undefined {
  try {
    const parsed = v.safeParse(outcome, JSON.parse(readTextIfThere(pathIn(folder)) ?? ""));
    return parsed.success && parsed.output.nonce === nonce ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** @throws the system's error when the disk refuses. */
export function writeOutcome(folder: string, value: Outcome): void {
  writeFileAtomic(pathIn(folder), `${JSON.stringify(value)}\n`);
}

function pathIn(folder: string): string {
  return join(folder, "outcome.json");
}
