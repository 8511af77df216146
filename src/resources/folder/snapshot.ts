import { existsSync, readFileSync, renameSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { removeTree } from "../../files/remove-tree.ts";
import { syncFolder } from "../../files/sync-folder.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { ResourceContext } from "../resource.ts";
import { copyTree, type TreeEntry } from "./copy-tree.ts";
import { databaseProblem, isDatabase } from "./sqlite.ts";

/*
 * A snapshot is a folder: `data`, and `manifest.json`, which says what must be in it. It is made beside its place and renamed,
 * so that what is at the place is whole. What comes out of one is compared with the manifest before anything else is touched.
 */

const manifestSchema = v.strictObject({
  v: v.literal(1),
  entries: v.array(
    v.variant("kind", [
      v.strictObject({ kind: v.literal("folder"), path: v.string(), mode: v.number() }),
      v.strictObject({
        kind: v.literal("file"),
        path: v.string(),
        mode: v.number(),
        bytes: v.number(),
        sha256: v.string(),
      }),
      v.strictObject({ kind: v.literal("link"), path: v.string(), target: v.string() }),
    ]),
  ),
});

/** Saves a folder that may be in use, in place of what is there. Resolves with the size of its files in bytes. */
export async function saveFolder(data: string, place: string, signal: AbortSignal): Promise<number> {
  const part = `${place}.part`;
  await removeTree(part);
  makeFolder(part);
  try {
    const entries = await copyTree(data, join(part, "data"), { inUse: true, signal });
    writeFileAtomic(join(part, "manifest.json"), JSON.stringify({ v: 1, entries }));
    await removeTree(place);
    renameSync(part, place);
    syncFolder(dirname(place));
    return sizeOf(entries);
  } catch (error) {
    await removeTree(part);
    throw error;
  }
}

/**
 * Copies what a snapshot has to a new folder. Fails with `backup-damaged` when it is not what was saved; then there is no
 * such folder.
 */
export async function unpackSnapshot(
  place: string,
  to: string,
  { environment, signal }: Pick<ResourceContext, "environment" | "signal">,
): Promise<Result<void>> {
  if (!existsSync(place)) return failed(gone(place, environment));
  const wanted = entriesOf(place);
  if (wanted === undefined) return failed(damaged(place, environment, "Its manifest cannot be read."));
  await removeTree(to);
  const found = await copyTree(join(place, "data"), to, { inUse: false, signal });
  const wrong = firstDifference(wanted, found);
  if (wrong === undefined) return ok();
  await removeTree(to);
  return failed(damaged(place, environment, `Not as it was saved: ${wrong}`));
}

/** What is wrong with the databases in a folder, in sentences. */
export async function databaseProblems(folder: string, place: string): Promise<string[]> {
  const problems: string[] = [];
  for (const entry of entriesOf(place) ?? []) {
    if (entry.kind !== "file" || !(await isDatabase(join(folder, entry.path)))) continue;
    const problem = databaseProblem(join(folder, entry.path));
    if (problem !== undefined) problems.push(`${entry.path}: ${problem}`);
  }
  return problems;
}

/** How many bytes the files of a folder have; those that vanish meanwhile have none. */
export async function bytesIn(folder: string, names: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const name of names) {
    const stats = await lstat(join(folder, name)).catch(() => undefined);
    if (stats?.isFile()) bytes += stats.size;
  }
  return bytes;
}

function entriesOf(place: string): readonly TreeEntry[] | undefined {
  try {
    return v.parse(manifestSchema, JSON.parse(readFileSync(join(place, "manifest.json"), "utf8"))).entries;
  } catch {
    return undefined;
  }
}

function sizeOf(entries: readonly TreeEntry[]): number {
  return entries.reduce((bytes, entry) => bytes + (entry.kind === "file" ? entry.bytes : 0), 0);
}

/** The path of the first entry that only one of them has, or that is not the same in both. */
function firstDifference(wanted: readonly TreeEntry[], found: readonly TreeEntry[]): string | undefined {
  const texts = (entries: readonly TreeEntry[]) => new Map(entries.map((entry) => [entry.path, fingerprint(entry)]));
  const [one, other] = [texts(wanted), texts(found)];
  return [...new Set([...one.keys(), ...other.keys()])].sort().find((path) => one.get(path) !== other.get(path));
}

function fingerprint(entry: TreeEntry): string {
  return JSON.stringify(Object.entries(entry).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function gone(place: string, environment: string) {
  const message = `The snapshot in ${place} is gone`;
  return {
    code: "unknown-snapshot",
    message,
    hint: `Nothing was changed. List them: tidegate env snapshots ${environment}`,
  } as const;
}

function damaged(place: string, environment: string, cause: string) {
  return {
    code: "backup-damaged",
    message: `The snapshot in ${place} is damaged`,
    cause,
    hint: `Nothing was changed. Choose another one: tidegate env snapshots ${environment}`,
  } as const;
}
