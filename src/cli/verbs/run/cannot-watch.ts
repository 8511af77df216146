import type { Failure } from "../../../errors/failure.ts";

/** Options of `run` that belong to one run, and not to each of many. */
const ofOneRun = ["failed", "audit", "junit"] as const;

/** A failure for each option of the call that `--watch` cannot keep. */
export function cannotWatch(options: Readonly<Record<string, unknown>>): Failure[] {
  const given = ofOneRun.filter((name) => options[name] !== undefined && options[name] !== false);
  return given.map((name) => ({
    code: "bad-arguments",
    message: `--${name} is for a single run, and --watch runs again and again`,
    hint: `Leave one of them out: tidegate run --${name}`,
  }));
}
