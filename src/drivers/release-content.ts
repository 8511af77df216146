import type { Result } from "../errors/result.ts";

/** What is in a release, for a driver that brings it to where it runs. Its paths are harmless: they stay below it. */
export interface ReleaseContent {
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** By path, in code-unit order. Folders are implied; only empty ones are listed. */
  readonly entries: readonly ReleaseEntry[];
  /** Folders that services write to, relative, ending in `/`, and files; sorted, none below another. */
  readonly writes: readonly string[];
  /** The content of a file by its digest; `undefined` when it is missing or damaged. Whoever writes it down digests it. */
  read(digest: string): Promise<Result<AsyncIterable<Uint8Array> | undefined>>;
}

export type ReleaseEntry = FileEntry | LinkEntry | FolderEntry;

export interface FileEntry {
  /** Relative, with slashes. */
  readonly path: string;
  readonly mode: "644" | "755";
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly size: number;
}

export interface LinkEntry {
  readonly path: string;
  /** Relative to the folder of the link, and inside of the release. */
  readonly symlink: string;
}

export interface FolderEntry {
  readonly path: string;
  readonly folder: true;
}

export function isFile(entry: ReleaseEntry): entry is FileEntry {
  return "digest" in entry;
}

export function isLink(entry: ReleaseEntry): entry is LinkEntry {
  return "symlink" in entry;
}

/** The 64 digits of a release's digest, as the name of a folder. */
export function folderNameOf(release: string): string {
  return release.replace("sha256:", "");
}
