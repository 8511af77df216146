import { join } from "node:path";
import { statePaths } from "../../../files/state-paths.ts";
import { folderNameOf } from "../../release-content.ts";
import type { Home } from "../home.ts";

/** Where the releases of one environment lie, each in a copy of its own, and what its services write. */
export interface CopyPlace {
  readonly environment: string;
  /** `<64 digits>` for each release, beside it `<64 digits>.json`: how it was when it was made. */
  readonly copies: string;
  /** What copies have in common; beside it `.json`. */
  readonly files: string;
  /** For services to write to. */
  readonly data: string;
  /** The declared writable folders of releases, by their path in the release. */
  readonly writes: string;
}

export function copyPlace(home: Home, environment: string): CopyPlace {
  const paths = statePaths(home.folder);
  const data = paths.dataOf(environment);
  const copies = paths.copiesOf(environment);
  return { environment, copies, files: paths.filesOf(environment), data, writes: join(data, "writes") };
}

/** Where the copy of a release is, whether or not it is there. */
export function copyOf({ copies }: CopyPlace, release: string): string {
  return join(copies, folderNameOf(release));
}

/** How the copy was when it was made. */
export function copyRecordOf(place: CopyPlace, release: string): string {
  return `${copyOf(place, release)}.json`;
}

/** How the names begin of copies that are not finished, or were put aside because they had changed. */
export const unfinished = (release: string) => `.${folderNameOf(release)}.unfinished.`;
export const aside = (release: string) => `.${folderNameOf(release)}.aside.`;
