import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Failure, Location } from "../../errors/failure.ts";
import { withoutHidden } from "./hidden-literals.ts";
import { locationOf } from "./location.ts";
import { ownIndex } from "./own-modules.ts";
import { sourceText } from "./source-text.ts";

/** A definition that threw while it was imported, located by the first frame of the stack that is the user's. */
export function throwFailure(file: string, error: unknown): Failure {
  const [first = "", ...rest] = withoutHidden(file, describe(error)).split("\n");
  const hint = hintFor(first);
  return {
    code: "definition-throws",
    message: `The definition threw ${first}`,
    location: placeOf(error) ?? locationOf(file, sourceText(file), 1),
    ...(rest.length > 0 && { cause: rest.join("\n") }),
    ...(hint && { hint }),
  };
}

function describe(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`.trimEnd();
  try {
    return String(error);
  } catch {
    return typeof error;
  }
}

function hintFor(message: string): string | undefined {
  if (!/\b(require|module|exports|__dirname|__filename) is not defined/.test(message)) return undefined;
  return "The definition is an ES module: use `import`, `export default` and `import.meta.dirname`.";
}

function placeOf(error: unknown): Location | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const own = fileURLToPath(new URL(".", ownIndex()));
  for (const [, place = "", line, column] of stack.matchAll(
    /^ +at .*?(file:\/\/[^\n]+?|\/[^\n]+?):(\d+):(\d+)\)?$/gm,
  )) {
    const file = place.startsWith("file:") ? fileURLToPath(place) : place;
    if (file.includes("/node_modules/") || `${dirname(file)}/`.startsWith(own)) continue;
    return locationOf(file, sourceText(file), Number(line), Number(column));
  }
  return undefined;
}
