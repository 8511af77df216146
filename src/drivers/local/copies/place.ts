import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mapLimited } from "../../../concurrency/map-limited.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { type FileEntry, isFile, isLink, type ReleaseContent, type ReleaseEntry } from "../../release-content.ts";
import { copyDamaged } from "./copy-failures.ts";
import type { SharedFiles } from "./shared-files.ts";

const filesAtOnce = 8;

export type Modes = Readonly<Record<FileEntry["mode"], number>>;

/**
 * Writes entries below a folder that nobody else knows. Fails with `release-damaged` when content is missing.
 *
 * @param shared Where files come from and go to that others may have, too. Without it each is written anew.
 */
export async function placeAll(
  root: string,
  entries: readonly ReleaseEntry[],
  content: ReleaseContent,
  modes: Modes,
  shared?: SharedFiles,
): Promise<Result<void>> {
  const placing = { modes, folders: new Set<string>(), ...(shared && { shared }) };
  const placed = await mapLimited(entries, filesAtOnce, (entry) => placeOne(root, entry, content, placing));
  const refused = placed.find((one) => !one.ok);
  if (refused?.ok === false) return refused;
  const lost = entries.filter((_, at) => placed[at]?.ok && !placed[at].value).map(({ path }) => path);
  return lost.length === 0 ? ok() : failed(copyDamaged(content.digest, lost));
}

interface Placing {
  readonly modes: Modes;
  /** Those that were made: all of them real, so that nothing is written through a link. */
  readonly folders: Set<string>;
  readonly shared?: SharedFiles;
}

async function placeOne(
  root: string,
  entry: ReleaseEntry,
  content: ReleaseContent,
  placing: Placing,
): Promise<Result<boolean>> {
  const { folders } = placing;
  const path = join(root, entry.path);
  const folder = "folder" in entry ? path : dirname(path);
  if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o755 });
  folders.add(folder);
  if (isFile(entry)) return placeFile(path, entry, content, placing);
  if (isLink(entry)) symlinkSync(entry.symlink, path);
  return ok(true);
}

/** false when its content is missing or not what it was. */
async function placeFile(
  path: string,
  entry: FileEntry,
  content: ReleaseContent,
  { modes, shared }: Placing,
): Promise<Result<boolean>> {
  const mode = modes[entry.mode];
  if (await shared?.link(entry, mode, path)) return ok(true);
  const read = await content.read(entry.digest);
  if (!read.ok || read.value === undefined) return read.ok ? ok(false) : read;
  const file = await open(path, "wx", 0o600);
  let isWhole = false;
  try {
    isWhole = (await write(file, read.value)) === entry.digest;
    await file.chmod(mode);
  } finally {
    await file.close();
  }
  if (isWhole) shared?.take(entry, mode, path);
  return ok(isWhole);
}

async function write(file: FileHandle, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = createHash("sha256");
  for await (const piece of pieces) {
    digest.update(piece);
    await file.writeFile(piece);
  }
  return `sha256:${digest.digest("hex")}`;
}
