import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ok, type Result } from "../../../errors/result.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { removeTree } from "../../../files/remove-tree.ts";
import type { ReleaseContent, ReleaseEntry } from "../../release-content.ts";
import type { CopyPlace } from "./copy-paths.ts";
import { placeAll } from "./place.ts";

/** What a service finds first in a folder that it writes to is its own. */
const writable = { "644": 0o644, "755": 0o755 } as const;

/** Whether an entry is, or is in, a folder that services write to. */
export function isWritten({ writes }: ReleaseContent, { path }: ReleaseEntry): boolean {
  return writes.some((folder) => `${path}/`.startsWith(folder));
}

/** Links the folders that services write to into a copy that is being made. They survive a move of the whole state. */
export function linkWrites({ writes, copies }: CopyPlace, content: ReleaseContent, copy: string): void {
  for (const folder of content.writes.map(withoutSlash)) {
    const link = join(copy, folder);
    mkdirSync(dirname(link), { recursive: true, mode: 0o755 });
    // As seen from where the copy will be: a neighbour of where it is.
    symlinkSync(relative(join(copies, "copy", dirname(folder)), join(writes, folder)), link);
  }
}

/**
 * Sees to it that each folder that services write to is there. What the release ships in one is its first content, put there
 * once, whole or not at all; afterwards the folder is theirs.
 *
 * @throws the system's error when the disk refuses.
 */
export async function seedWrites({ writes }: CopyPlace, content: ReleaseContent): Promise<Result<void>> {
  for (const folder of content.writes.map(withoutSlash)) {
    const path = join(writes, folder);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    makeFolder(dirname(path));
    const seeded = await seed(path, folder, content);
    if (!seeded.ok) return seeded;
  }
  return ok();
}

async function seed(path: string, folder: string, content: ReleaseContent): Promise<Result<void>> {
  const neighbour = join(dirname(path), `.${randomBytes(8).toString("hex")}.tmp`);
  const inside = content.entries.filter((entry) => entry.path.startsWith(`${folder}/`));
  const entries = inside.map((entry) => ({ ...entry, path: entry.path.slice(folder.length + 1) }));
  try {
    mkdirSync(neighbour, { mode: 0o755 });
    const placed = await placeAll(neighbour, entries, content, writable);
    if (placed.ok) renameSync(neighbour, path);
    return placed;
  } finally {
    await removeTree(neighbour);
  }
}

function withoutSlash(folder: string): string {
  return folder.replace(/\/+$/, "");
}
