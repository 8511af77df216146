import type { Failure } from "./failure.ts";

/** A throw inside of the work: a bug, told like any other failure. `what`: what it ended, as a subject. */
export function unexpectedFailure(error: unknown, what: string): Failure {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal", message: `${what} ended with an unexpected error`, cause };
}
