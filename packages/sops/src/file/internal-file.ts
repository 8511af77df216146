import type { Layout } from "../text/layout.ts";
import type { ParsedFile } from "../text/parsed-file.ts";
import type { Contents } from "./contents.ts";
import type { DataKey } from "./data-key.ts";
import type { Reuse } from "./reuse.ts";
import type { Selection } from "./selector.ts";
import type { Recipients, SopsFile } from "./types.ts";

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

/** Everything an open file is made of. */
export interface OpenState {
  readonly file: SopsFile;
  readonly layout: Layout;
  readonly selection: Selection;
  readonly contents: Contents;
  readonly dataKey: DataKey;
  /** The data key is not the one of the file: nothing that is encrypted can be kept. */
  readonly isRekeyed: boolean;
  readonly reuse: Reuse;
  /** Undefined: as before. */
  readonly recipients?: Recipients;
  /** The first change that could not be created. */
  readonly problem?: string;
}
