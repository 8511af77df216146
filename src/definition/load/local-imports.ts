import { dirname, resolve } from "node:path";
import type { Literal, Node } from "acorn";
import type { ParsedModule } from "./parse-module.ts";

export interface ImportOf {
  readonly specifier: string;
  /** The string in the source. */
  readonly node: Node;
}

/** What a module imports or re-exports, in source order. Imports of types are gone before parsing. */
export function importsOf(module: ParsedModule): ImportOf[] {
  return module.program.body.flatMap((statement) => {
    const source = (statement as { source?: Literal | null }).source;
    return typeof source?.value === "string" ? [{ specifier: source.value, node: source }] : [];
  });
}

/** The files that a module imports by relative paths, absolute. */
export function localImports(module: ParsedModule): string[] {
  return importsOf(module).flatMap(({ specifier }) => localFile(module.file, specifier) ?? []);
}

/** The file that a relative specifier means; `undefined` for packages. */
export function localFile(from: string, specifier: string): string | undefined {
  return /^\.\.?\//.test(specifier) ? resolve(dirname(from), specifier) : undefined;
}
