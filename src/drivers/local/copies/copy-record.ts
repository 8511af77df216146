import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as v from "valibot";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { writeQuickly } from "../../../files/write-quickly.ts";
import type { Deviation } from "../../driver.ts";
import { isFile, type ReleaseEntry } from "../../release-content.ts";
import { isSame, look } from "./look.ts";
import type { SharedFiles } from "./shared-files.ts";

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
 * but what looks different, also from how the environment's shared files are known to look: a file that only moved (its state was copied, a backup restored) is as good as it was.
 */
export async function copyDeviation(
  recordPath: string,
  copy: string,
  shared: SharedFiles,
): Promise<Deviation | undefined> {
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
    if (is === was || isShared(is, digest, shared)) continue;
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

/** Whether it is the shared file of this content, which got or lost names since the copy was made. */
function isShared(is: string | undefined, digest: string | null, shared: SharedFiles): boolean {
  const mode = is?.split(" ")[1];
  return digest !== null && mode !== undefined && shared.lookOf(digest, mode) === is;
}

/** Of a folder that was added only the folder is told. */
function withoutInner(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => !all.has(name.split("/").slice(0, -1).join("/")));
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
