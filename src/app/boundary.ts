import { inspect, stripVTControlCharacters } from "node:util";
import type { Failure } from "../errors/failure.ts";
import { shellWord } from "../errors/shell-word.ts";
import { fileFailure } from "../files/file-failure.ts";

/**
 * The one place where a throw becomes something to show. The disk's own errors are the machine's failures, everything
 * else is a bug in Tidegate. The stack is for its developers: only with TIDEGATE_DEBUG=1.
 */
export function failureOfThrow(
  error: unknown,
  doing: string,
  env: Readonly<Record<string, string | undefined>>,
): Failure {
  const known = fileFailure(error) ?? damagedState(error);
  if (known !== undefined) return known;
  const debugs = env.TIDEGATE_DEBUG === "1";
  const name = error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  return {
    code: "internal",
    message: `Tidegate failed unexpectedly during: ${doing}`,
    cause: debugs ? stripVTControlCharacters(inspect(error)) : name,
    hint: debugs
      ? "This is a bug in Tidegate. Please report it with the text above."
      : "This is a bug in Tidegate. TIDEGATE_DEBUG=1 before the command shows where. Please report it.",
  };
}

/** What the system says where a file stands in place of a folder, or the other way round. */
const wrongKind = new Set(["ENOTDIR", "EISDIR", "EEXIST", "ELOOP"]);

/** The project's state is not laid out as Tidegate lays it out: somebody else changed it. */
function damagedState(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "", path = "", message } = error as NodeJS.ErrnoException;
  const state = /^.*?\/(?:\.tidegate|[0-9a-f]{12})(?=\/|$)/.exec(path)?.[0];
  if (!wrongKind.has(code) || state === undefined) return undefined;
  const hint = `Look at ${shellWord(path)}; if nothing in the state is needed: mv ${shellWord(state)} ${shellWord(`${state}.old`)}`;
  return { code: "state-damaged", message: "The project's state is not as Tidegate left it", cause: message, hint };
}
