import type { Layout } from "../text/layout.ts";
import type { ParsedFile } from "../text/parsed-file.ts";
import type { Selection } from "./selector.ts";
import type { SopsFile } from "./types.ts";

/** What belongs to a parsed file and is nobody else's concern. */
export interface InternalFile {
  readonly parsed: ParsedFile;
  readonly layout: Layout;
  readonly selection: Selection;
}

const known = new WeakMap<SopsFile, InternalFile>();

/** The same file, for which `internalsOf` answers from now on. */
export function withInternals(file: SopsFile, internals: InternalFile): SopsFile {
  known.set(file, internals);
  return file;
}

/** @throws TypeError for a file that `parseSops` did not make: a bug of the caller. */
export function internalsOf(file: SopsFile): InternalFile {
  const internals = known.get(file);
  if (internals === undefined) throw new TypeError("not a file that was parsed");
  return internals;
}
