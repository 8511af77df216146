import type { Driver } from "../drivers/driver.ts";
import { redactText } from "../secrets/redact.ts";
import type { Secret } from "../secrets/secret.ts";

/** A secret of several lines is only found whole, so more lines are read than are asked for. */
const moreLines = 200;

/** The same value with every secret in its strings replaced: for whatever is kept, sent or shown. */
export function redactDeep<T>(value: T, secrets: readonly Secret[]): T {
  if (secrets.length === 0) return value;
  return walk(value, (text) => redactText(text, secrets)) as T;
}

/** The same driver, but what processes wrote is only told with their secrets hidden. */
export function redactingDriver(driver: Driver, secrets: () => readonly Secret[]): Driver {
  return {
    start: (spec, token) => driver.start(spec, token),
    stop: (environment, id, graceMs, token) => driver.stop(environment, id, graceMs, token),
    observe: (environment) => driver.observe(environment),
    outputFiles: (environment, id) => driver.outputFiles(environment, id),
    runJob: (spec, token, signal) => driver.runJob(spec, token, signal),
    remove: (environment, id) => driver.remove(environment, id),
    output: async (environment, id, lines) => {
      const written = await driver.output(environment, id, lines + moreLines);
      if (written.length === 0) return [];
      return redactText(written.join("\n"), secrets()).split("\n").slice(-lines);
    },
  };
}

function walk(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, redact));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, redact)]));
}
