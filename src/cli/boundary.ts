import { inspect, stripVTControlCharacters } from "node:util";
import type { Failure } from "../errors/failure.ts";
import { fileFailure } from "../files/file-failure.ts";

/**
 * The one place where a throw becomes something to show. The disk's own errors are the machine's failures, everything
 * else is a bug in Tidegate. The stack is for its developers: only with TIDEGATE_DEBUG=1.
 */
export function failureOfThrow(error: unknown, doing: string, env: NodeJS.ProcessEnv): Failure {
  const known = fileFailure(error);
  if (known !== undefined) return known;
  const debugs = env.TIDEGATE_DEBUG === "1";
  const name = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  return {
    code: "internal",
    message: `Tidegate failed unexpectedly while it was doing: ${doing}`,
    cause: debugs ? stripVTControlCharacters(inspect(error)) : name,
    hint: debugs
      ? "This is a bug in Tidegate: please report it with the text above."
      : "This is a bug in Tidegate. TIDEGATE_DEBUG=1 before the command shows where; please report it.",
  };
}
