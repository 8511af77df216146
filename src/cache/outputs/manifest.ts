import { hash } from "node:crypto";
import type { BlobDigest } from "../../blobs/blob-store.ts";
import { isBlobDigest } from "../../blobs/digest.ts";
import { isRecord } from "../../files/is-record.ts";

/** What a task wrote, exactly: enough to make it again from blobs. */
export interface OutputManifest {
  /** Of everything below: two manifests with the same digest describe the same files. */
  readonly digest: string;
  /** By path, in code-unit order; a folder stands before what is in it. */
  readonly entries: readonly OutputEntry[];
}

/** Paths are relative to the project, with slashes. Modes are the nine permission bits. */
export type OutputEntry =
  | {
      readonly path: string;
      readonly kind: "file";
      readonly mode: number;
      readonly digest: BlobDigest;
      readonly size: number;
    }
  | { readonly path: string; readonly kind: "link"; readonly target: string }
  | { readonly path: string; readonly kind: "folder"; readonly mode: number };

/** Sorts the entries and digests them. */
export function outputManifest(entries: readonly OutputEntry[]): OutputManifest {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const text = sorted.map((entry) => JSON.stringify(rowOf(entry))).join("\n");
  return { digest: `sha256:${hash("sha256", text)}`, entries: sorted };
}

function rowOf(entry: OutputEntry): readonly unknown[] {
  switch (entry.kind) {
    case "file":
      return [entry.path, "file", entry.mode, entry.digest, entry.size];
    case "link":
      return [entry.path, "link", entry.target];
    case "folder":
      return [entry.path, "folder", entry.mode];
  }
}

/**
 * A manifest from a file, or `undefined` when it is not one or could write outside of the project. The file's own
 * checksum says whether it is what was written; the digest is not computed again.
 */
export function parseManifest(value: unknown): OutputManifest | undefined {
  if (!isRecord(value) || !isBlobDigest(value.digest)) return undefined;
  const { digest, entries } = value;
  if (!Array.isArray(entries) || !entries.every(isEntry) || !areSafePaths(entries)) return undefined;
  return { digest, entries };
}

function isEntry(value: unknown): value is OutputEntry {
  if (!isRecord(value) || typeof value.path !== "string") return false;
  if (value.kind === "link") return typeof value.target === "string";
  if (typeof value.mode !== "number" || !Number.isInteger(value.mode) || (value.mode & ~0o777) !== 0) return false;
  if (value.kind === "folder") return true;
  return value.kind === "file" && isBlobDigest(value.digest) && typeof value.size === "number";
}

/** Each path once, none that climbs out, and none below something that is not a folder (such as a link to elsewhere). */
function areSafePaths(entries: readonly OutputEntry[]): boolean {
  const kinds = new Map(entries.map((entry) => [entry.path, entry.kind]));
  return kinds.size === entries.length && entries.every(({ path }) => isSafePath(path, kinds));
}

const climbingSegment = /(^|\/)(\.{0,2})(\/|$)/;
const reservedFolder = /^\.(git|tidegate)(\/|$)/;

/** The nearest folder above that is recorded was checked itself, so that the look upwards ends there. */
function isSafePath(path: string, kinds: ReadonlyMap<string, OutputEntry["kind"]>): boolean {
  if (climbingSegment.test(path) || reservedFolder.test(path)) return false;
  for (let slash = path.lastIndexOf("/"); slash !== -1; slash = path.lastIndexOf("/", slash - 1)) {
    const above = kinds.get(path.slice(0, slash));
    if (above !== undefined) return above === "folder";
  }
  return true;
}
