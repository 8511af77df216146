import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ok, type Result } from "../../../errors/result.ts";
import { lstatIfThere } from "../../../files/lstat-if-there.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { removeTree } from "../../../files/remove-tree.ts";
import type { ReleaseContent, ReleaseEntry } from "../../release-content.ts";
import type { CopyPlace } from "./copy-paths.ts";
import { placeAll } from "./place.ts";

/** What a service finds first where it writes to is its own. */
const writable = { "644": 0o644, "755": 0o755 } as const;

/** Whether an entry is, or is in, what services write to. */
export function isWritten({ writes }: ReleaseContent, { path }: ReleaseEntry): boolean {
  return writes.some((one) => (one.endsWith("/") ? `${path}/`.startsWith(one) : path === one));
}

/**
 * Links the folders and files that services write to into a copy that is being made. They survive a move of the whole state.
 * A file need not be there yet: who opens it for writing makes it where the link leads.
 */
export function linkWrites({ writes, copies }: CopyPlace, content: ReleaseContent, copy: string): void {
  for (const written of content.writes.map(withoutSlash)) {
    const link = join(copy, written);
    mkdirSync(dirname(link), { recursive: true, mode: 0o755 });
    // As seen from where the copy will be: a neighbour of where it is.
    symlinkSync(relative(join(copies, "copy", dirname(written)), join(writes, written)), link);
  }
}

/**
 * Sees to it that each folder that services write to is there. What the release ships in one, or as a file that they write
 * to, is its first content, put there once, whole or not at all; afterwards it is theirs.
 *
 * @throws the system's error when the disk refuses.
 */
export async function seedWrites({ writes }: CopyPlace, content: ReleaseContent): Promise<Result<void>> {
  for (const written of content.writes) {
    const path = join(writes, withoutSlash(written));
    if (lstatIfThere(path) !== undefined) continue;
    makeFolder(dirname(path));
    const seeded = await seed(path, written, content);
    if (!seeded.ok) return seeded;
  }
  return ok();
}

async function seed(path: string, written: string, content: ReleaseContent): Promise<Result<void>> {
  const isFolder = written.endsWith("/");
  const above = isFolder ? written : written.slice(0, written.lastIndexOf("/") + 1);
  const first = content.entries.filter((entry) => isWritten({ ...content, writes: [written] }, entry));
  if (!isFolder && first.length === 0) return ok();
  const inside = first.filter((entry) => entry.path.length > above.length);
  const entries = inside.map((entry) => ({ ...entry, path: entry.path.slice(above.length) }));
  const neighbour = join(dirname(path), `.${randomBytes(8).toString("hex")}.tmp`);
  try {
    mkdirSync(neighbour, { mode: 0o755 });
    const placed = await placeAll(neighbour, entries, content, writable);
    if (placed.ok) renameSync(isFolder ? neighbour : join(neighbour, basename(path)), path);
    return placed;
  } finally {
    await removeTree(neighbour);
  }
}

function withoutSlash(written: string): string {
  return written.replace(/\/+$/, "");
}
