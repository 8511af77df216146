import { fileURLToPath } from "node:url";
import type { Failure, Location } from "../../errors/failure.ts";
import { localImports } from "./local-imports.ts";
import { locationAt, locationOf } from "./location.ts";
import { isParsed, parseModule } from "./parse-module.ts";
import { lineOf, sourceText } from "./source-text.ts";

/**
 * A file that Node could not read as TypeScript or JavaScript. Node says where in the head of the stack, except for
 * some errors in ES modules: then the definition and what it imports are parsed again to find the place.
 */
export function syntaxFailure(file: string, error: SyntaxError): Failure | undefined {
  const location = placeInStack(error) ?? placeByParsing(file, new Set());
  if (location === undefined) return undefined;
  const unsupported = (error as { code?: string }).code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  return {
    code: "definition-syntax",
    message: firstLine(error.message),
    location,
    ...(unsupported && { hint: "Only TypeScript that can be erased works here: write a union or an object instead." }),
  };
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!.replace(/\.$/, "");
}

/** The head of such a stack: `file:line`, some source lines, and carets under the place. */
function placeInStack(error: SyntaxError): Location | undefined {
  const [, place = "", lineNumber] = /^(.+):(\d+)$/m.exec(headOf(error)) ?? [];
  if (lineNumber === undefined) return undefined;
  const file = place.startsWith("file:") ? fileURLToPath(place) : place;
  const text = sourceText(file);
  const line = Number(lineNumber);
  const source = lineOf(text, line);
  const carets = /^([ \t]*)(\^+)$/m.exec(headOf(error));
  if (carets !== null) return locationOf(file, text, line, columnUnder(source, carets[1]!.length), carets[2]!.length);
  const column = error.message.includes("<eof>") ? source.length + 1 : source.search(/\S|$/) + 1;
  return locationOf(file, text, line, column);
}

function headOf(error: SyntaxError): string {
  const stack = error.stack ?? "";
  return stack.slice(0, Math.max(0, stack.indexOf("\nSyntaxError")));
}

/** Node shows a tab as four spaces in TypeScript, as itself in JavaScript; `indent` counts what it shows. */
function columnUnder(source: string, indent: number): number {
  let shown = 0;
  for (let index = 0; index < source.length; index++) {
    if (shown >= indent) return index + 1;
    shown += source[index] === "\t" ? 4 : 1;
  }
  return source.length + 1;
}

function placeByParsing(file: string, seen: Set<string>): Location | undefined {
  if (seen.has(file)) return undefined;
  seen.add(file);
  const module = parseModule(file);
  if (!isParsed(module)) {
    const { offset } = module;
    return offset === undefined ? undefined : locationAt(file, sourceText(file), offset);
  }
  for (const imported of localImports(module)) {
    const place = placeByParsing(imported, seen);
    if (place !== undefined) return place;
  }
  return undefined;
}
