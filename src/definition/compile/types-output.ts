import { resolve } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { withoutHidden } from "../load/hidden-literals.ts";
import { locationOf } from "../load/location.ts";
import { lineOf, sourceText } from "../load/source-text.ts";

/** One error of the TypeScript compiler. */
export interface Diagnostic {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `TS2322`. */
  readonly code: string;
  readonly message: string;
  /** The indented lines that follow: why. */
  readonly details: readonly string[];
}

/** The errors in what `tsc --pretty false` prints; paths in it are relative to `folder`. In the compiler's order. */
export function diagnosticsOf(output: string, folder: string): Diagnostic[] {
  const diagnostics: (Diagnostic & { details: string[] })[] = [];
  for (const line of output.split(/\r?\n/)) {
    const [, path, at, column, code, message] = /^(.+)\((\d+),(\d+)\): error (TS\d+): (.*)$/.exec(line) ?? [];
    if (path === undefined) {
      if (line.startsWith("  ")) diagnostics.at(-1)?.details.push(line);
      continue;
    }
    const place = { file: resolve(folder, path), line: Number(at), column: Number(column) };
    diagnostics.push({ ...place, code: code!, message: message!, details: [] });
  }
  return diagnostics;
}

export function toFailure({ file, line, column, code, message, details }: Diagnostic): Failure {
  const text = sourceText(file);
  const length = tokenLength(lineOf(text, line).slice(column - 1));
  return {
    code: "definition-types",
    message: `${withoutHidden(file, message.replace(/\.$/, ""))} (${code})`,
    location: locationOf(file, text, line, column, length),
    ...(details.length > 0 && { cause: withoutHidden(file, details.join("\n")) }),
  };
}

/** The compiler tells only where an error begins: a word or a text is underlined whole. */
function tokenLength(rest: string): number {
  return /^([\w$]+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/.exec(rest)?.[0].length ?? 1;
}
