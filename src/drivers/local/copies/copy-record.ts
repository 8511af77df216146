import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as v from "valibot";
import { digestOfFile } from "../../../files/digest-of-file.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { writeQuickly } from "../../../files/write-quickly.ts";
import type { Deviation } from "../../driver.ts";
import { isFile, type ReleaseEntry } from "../../release-content.ts";

const record = v.strictObject({
  version: v.literal(1),
  /** Path, what `look` says of it, and the digest of a file's content. */
  entries: v.array(v.tuple([v.string(), v.string(), v.nullable(v.string())])),
});
type CopyRecord = v.InferOutput<typeof record>;

/** So many looks, then others have their turn. */
const looksAtOnce = 500;

/** Writes down how a copy is that was just made. @throws the system's error when the disk refuses. */
export function recordCopy(path: string, copy: string, entries: readonly ReleaseEntry[]): void {
  const digests = new Map(entries.filter(isFile).map((entry) => [entry.path, entry.digest]));
  const found = namesBelow(copy).map(
    (name) => [name, look(join(copy, name)) ?? "", digests.get(name) ?? null] as const,
  );
  write(path, found);
}

/**
 * How a copy is not as it was when it was made; `undefined` when nothing says how it was, or it is not there. Nothing is read
 * but what looks different: a file that only moved (its state was copied, a backup restored) is as good as it was.
 */
export async function copyDeviation(recordPath: string, copy: string): Promise<Deviation | undefined> {
  const known = readRecord(recordPath);
  if (known === undefined || look(copy)?.startsWith("folder") !== true) return undefined;
  const found = new Set(namesBelow(copy));
  const recorded = new Set(known.entries.map(([name]) => name));
  const added = [...found].filter((name) => !recorded.has(name));
  const missing = [...recorded].filter((name) => !found.has(name));
  const changed: string[] = [];
  let isMoved = false;
  let looks = 0;
  for (const [name, was, digest] of known.entries) {
    if (!found.has(name)) continue;
    if (++looks % looksAtOnce === 0) await nextTurn();
    const is = look(join(copy, name));
    if (is === was) continue;
    if (is !== undefined && (await isSame(was, is, digest, join(copy, name)))) isMoved = true;
    else changed.push(name);
  }
  if (isMoved && added.length + changed.length + missing.length === 0)
    write(
      recordPath,
      known.entries.map(([name, , digest]) => [name, look(join(copy, name)) ?? "", digest] as const),
    );
  const shown = withoutInner(added).map((name) => (look(join(copy, name))?.startsWith("folder") ? `${name}/` : name));
  return { added: shown.sort(), changed: changed.sort(), missing: missing.sort() };
}

/** Of a folder that was added only the folder is told. */
function withoutInner(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => !all.has(name.split("/").slice(0, -1).join("/")));
}

async function isSame(was: string, is: string, digest: string | null, path: string): Promise<boolean> {
  const [wasKind, isKind] = [was, is].map((text) => text.split(" ").slice(0, 3).join(" "));
  return wasKind === isKind && digest !== null && (await digestOfFile(path)) === digest;
}

/** Of a file: mode, length, and what changes whenever it is written to. Of a link where it leads. */
function look(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  const mode = (stat.mode & 0o7777n).toString(8);
  if (stat.isDirectory()) return `folder ${mode}`;
  return stat.isFile() ? `file ${mode} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.ino}` : "something else";
}

/** Everything below a folder, links not followed. */
function namesBelow(root: string, below = ""): string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? [name, ...namesBelow(root, name)] : [name];
  });
}

function write(path: string, entries: readonly (readonly [string, string, string | null])[]): void {
  writeQuickly(path, JSON.stringify({ version: 1, entries }));
}

/** What cannot be read says nothing: the copy is then made anew. */
function readRecord(path: string): CopyRecord | undefined {
  try {
    const parsed = v.safeParse(record, JSON.parse(readTextIfThere(path) ?? ""));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
