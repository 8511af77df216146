import { chmodSync } from "node:fs";
import type { BlobStore } from "../../blobs/blob-store.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { FileIndex } from "../../inputs/file-index.ts";
import { deepestFirst, Incoming } from "./incoming.ts";
import { type FoundOutput, listOutputs } from "./list-outputs.ts";
import type { OutputEntry, OutputManifest } from "./manifest.ts";
import { SetAside } from "./set-aside.ts";
import { misplacedFiles } from "./wipe.ts";

/** What has to be done so that the disk is as a manifest says. */
export interface OutputDifference {
  /** Folders before what is in them. */
  readonly remove: readonly string[];
  /** What stands there by names that are not UTF-8. */
  readonly removeUnnamed: readonly FoundOutput[];
  readonly write: readonly OutputEntry[];
  /** Right but for the mode. */
  readonly chmod: readonly Exclude<OutputEntry, { kind: "link" }>[];
}

/** Compares what is on disk with a manifest; files by digest, through the index. @throws the system's error. */
export function compareOutputs(
  projectFolder: string,
  outputs: readonly Claim[],
  manifest: OutputManifest,
  index: FileIndex,
): OutputDifference {
  const { found } = listOutputs(projectFolder, outputs);
  const removeUnnamed = found.filter(({ bytes }) => bytes !== undefined);
  const named = found.filter(({ bytes }) => bytes === undefined);
  const there = new Map(named.map((each) => [each.path, each]));
  const remove: string[] = [];
  const write: OutputEntry[] = [];
  const chmod: Exclude<OutputEntry, { kind: "link" }>[] = [];
  for (const entry of manifest.entries) {
    const own = there.get(entry.path);
    there.delete(entry.path);
    if (own === undefined) write.push(entry);
    else if (!hasContent(projectFolder, own, entry, index)) {
      remove.push(entry.path);
      write.push(entry);
    } else if (entry.kind !== "link" && (own.stat.mode & 0o777) !== entry.mode) chmod.push(entry);
  }
  return { remove: [...remove, ...there.keys()], removeUnnamed, write, chmod };
}

function hasContent(root: string, found: FoundOutput, entry: OutputEntry, index: FileIndex): boolean {
  if (found.kind !== entry.kind) return false;
  if (entry.kind === "link") return found.target === entry.target;
  if (entry.kind === "folder") return true;
  if (found.stat.size !== entry.size) return false;
  return index.digest(entry.path, `${root}/${entry.path}`, found.stat) === entry.digest;
}

export function isSame(difference: OutputDifference): boolean {
  const { remove, removeUnnamed, write, chmod } = difference;
  return remove.length + removeUnnamed.length + write.length + chmod.length === 0;
}

/** The first file whose blob is not there, or cannot be reached. Whether one is whole is seen when it is written. */
export async function missingBlob(difference: OutputDifference, blobs: BlobStore): Promise<string | undefined> {
  for (const entry of difference.write) {
    if (entry.kind !== "file") continue;
    const has = await blobs.has(entry.digest);
    if (!has.ok || !has.value) return entry.path;
  }
  return undefined;
}

/**
 * Makes the disk as the manifest says, touching only what differs: what is new is made whole out of the way, then takes
 * the place of what was there. Stops with the path of the first blob that turns out to be damaged; then, and when it
 * fails, everything is as it was. A kill in the middle leaves what `putBackLeft` puts back, or a difference, which the
 * next comparison finds. @throws the system's error.
 */
export async function applyDifference(
  projectFolder: string,
  difference: OutputDifference,
  blobs: BlobStore,
  asideFolder: string,
): Promise<Result<{ readonly damaged?: string }>> {
  const aside = new SetAside(asideFolder, projectFolder);
  const incoming = difference.write.length === 0 ? undefined : new Incoming(projectFolder, aside.incoming);
  try {
    for (const entry of difference.write) {
      const written = await incoming!.add(entry, blobs);
      if (written.ok && written.value) continue;
      aside.putBack();
      return written.ok ? ok({ damaged: entry.path }) : written;
    }
    aside.takeFound(difference.removeUnnamed);
    aside.takePaths(difference.remove);
    // Only now: what is removed may be a link on the way.
    const misplaced = misplacedFiles(
      projectFolder,
      difference.write.map(({ path }) => path),
    );
    if (misplaced.length > 0) {
      aside.putBack();
      return failed(...misplaced);
    }
    incoming?.moveIn((paths) => aside.expect(paths));
    for (const { path, mode } of deepestFirst(difference.chmod)) chmodSync(`${projectFolder}/${path}`, mode);
  } catch (error) {
    aside.putBack();
    throw error;
  }
  await aside.discard();
  return ok({});
}
