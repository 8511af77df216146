import type { BlobDigest, BlobStore } from "../../blobs/blob-store.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { FileIndex } from "../../inputs/file-index.ts";
import type { FoundOutput, OutputListing } from "./list-outputs.ts";
import { type OutputEntry, type OutputManifest, outputManifest } from "./manifest.ts";
import { withoutPrivileges } from "./privileges.ts";

/** Why outputs could not be described or kept. */
export interface NotKept {
  readonly path: string;
  readonly because: "kind" | "name" | "barred" | "privileged" | "unreadable";
}

export type KeptOutputs =
  | { readonly ok: true; readonly manifest: OutputManifest }
  | { readonly ok: false; readonly notKept: NotKept };

/**
 * Describes what a task wrote; with a blob store, its bytes are stored as well, and the description is of exactly what
 * was stored. Fails when the disk does; `notKept` names the first output that is not a file, link or folder.
 */
export async function keepOutputs(
  projectFolder: string,
  { found, barred }: OutputListing,
  index: FileIndex,
  blobs: BlobStore | undefined,
): Promise<Result<KeptOutputs>> {
  const entries: OutputEntry[] = [];
  if (barred[0] !== undefined) return ok({ ok: false, notKept: { path: barred[0], because: "barred" } });
  for (const each of found) {
    const output = withoutPrivileges(projectFolder, each);
    if (output === undefined) return ok({ ok: false, notKept: { path: each.path, because: "privileged" } });
    if (output.bytes !== undefined) return ok({ ok: false, notKept: { path: output.path, because: "name" } });
    if (output.kind === "other") return ok({ ok: false, notKept: { path: output.path, because: "kind" } });
    if (output.kind === "link") entries.push({ path: output.path, kind: "link", target: output.target! });
    else if (output.kind === "folder") entries.push({ path: output.path, kind: "folder", mode: modeOf(output) });
    else {
      const kept = await keepFile(`${projectFolder}/${output.path}`, output, index, blobs);
      if (kept === undefined) return ok({ ok: false, notKept: { path: output.path, because: "unreadable" } });
      if (!kept.ok) return kept;
      entries.push({ path: output.path, kind: "file", mode: modeOf(output), ...kept.value });
    }
  }
  return ok({ ok: true, manifest: outputManifest(entries) });
}

interface KeptFile {
  readonly digest: BlobDigest;
  readonly size: number;
}

async function keepFile(
  file: string,
  output: FoundOutput,
  index: FileIndex,
  blobs: BlobStore | undefined,
): Promise<Result<KeptFile> | undefined> {
  const known =
    blobs === undefined ? index.digest(output.path, file, output.stat) : index.recall(output.path, output.stat);
  if (known !== undefined && (blobs === undefined || (await isThere(blobs, known))))
    return ok({ digest: known, size: output.stat.size });
  if (blobs === undefined) return undefined;
  const startedAt = Date.now();
  const stored = await store(file, blobs);
  if (stored?.ok) index.remember(output.path, output.stat, stored.value.digest, startedAt);
  return stored;
}

/** A store that does not answer has to be asked to store it: then it says why. */
async function isThere(blobs: BlobStore, digest: BlobDigest): Promise<boolean> {
  const has = await blobs.has(digest);
  return has.ok && has.value;
}

async function store(file: string, blobs: BlobStore): Promise<Result<KeptFile> | undefined> {
  try {
    return await blobs.putFile(file);
  } catch {
    return undefined;
  }
}

function modeOf(output: FoundOutput): number {
  return output.stat.mode & 0o777;
}
