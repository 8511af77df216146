import { failureCodes } from "./codes.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Failure } from "./failure.ts";

/** The more somebody else than the caller has to act, the earlier. */
const gravest: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.broken,
  exitCodes.wrong,
  exitCodes.refused,
  exitCodes.failed,
];

/** The exit code of a call that ended with these failures; `done` when there are none. */
export function exitOf(failures: readonly Failure[]): ExitCode {
  const codes = new Set<ExitCode>(failures.map((failure) => failureCodes[failure.code].exit));
  return gravest.find((code) => codes.has(code)) ?? exitCodes.done;
}
