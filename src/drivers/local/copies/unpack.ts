import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result } from "../../../errors/result.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { removeTree } from "../../../files/remove-tree.ts";
import { identityOf } from "../../../process/identity.ts";
import type { ReleaseContent } from "../../release-content.ts";
import { type CopyPlace, copyOf, copyRecordOf, unfinished } from "./copy-paths.ts";
import { recordCopy } from "./copy-record.ts";
import { placeAll } from "./place.ts";
import { SharedFiles } from "./shared-files.ts";
import { isWritten, linkWrites } from "./writes.ts";

/** Nobody writes to a release, its service included. */
const readOnly = { "644": 0o444, "755": 0o555 } as const;
const readOnlyFolder = 0o555;

/**
 * Makes the copy of a release, all of it or nothing. What the environment's other copies have, too, is the same file on the disk, as
 * long as it looks as it was when its bytes were digested; everything else is written and digested. Nothing is linked from
 * elsewhere: a file with two names can be written through the other one, and root does not mind modes. Where the copy goes there
 * is none.
 *
 * @throws the system's error when the disk refuses.
 */
export async function unpackCopy(place: CopyPlace, content: ReleaseContent): Promise<Result<void>> {
  makeFolder(place.copies);
  await sweep(place, content.digest);
  const neighbour = join(place.copies, `${unfinished(content.digest)}${process.pid}.${randomBytes(6).toString("hex")}`);
  let isDone = false;
  try {
    mkdirSync(neighbour);
    const entries = content.entries.filter((entry) => !isWritten(content, entry));
    const shared = new SharedFiles(place);
    const placed = await placeAll(neighbour, entries, content, readOnly, shared);
    shared.save();
    if (!placed.ok) return placed;
    linkWrites(place, content, neighbour);
    closeFolders(neighbour);
    // Before the copy has its name: one without a record is never used.
    recordCopy(copyRecordOf(place, content.digest), neighbour, entries);
    isDone = moveIn(neighbour, copyOf(place, content.digest));
    return ok();
  } finally {
    if (!isDone) await removeTree(neighbour);
  }
}

/** Whether it was moved; not when another process has just made the same copy, which is as good. */
function moveIn(neighbour: string, copy: string): boolean {
  try {
    renameSync(neighbour, copy);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}

/** Whatever the umask says: the service may run as somebody who only reads. */
function closeFolders(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true }))
    if (entry.isDirectory()) closeFolders(join(root, entry.name));
  chmodSync(root, readOnlyFolder);
}

/** Removes what processes left that were killed while they unpacked this release. */
async function sweep({ copies }: CopyPlace, release: string): Promise<void> {
  for (const neighbour of readdirSync(copies)) {
    if (!neighbour.startsWith(unfinished(release))) continue;
    const pid = Number(neighbour.slice(unfinished(release).length).split(".")[0]);
    if (pid !== process.pid && identityOf(pid) === undefined) await removeTree(join(copies, neighbour));
  }
}
