import type { ReleaseEntry } from "./manifest.ts";
import { isSymlink } from "./manifest.ts";

/** Why an entry cannot be in a release. */
export interface EntryProblem {
  readonly path: string;
  readonly because: "path" | "name" | "twice" | "collision" | "belowNonFolder" | "symlink";
  /** The other entry, when there are two. */
  readonly other?: string;
}

/** What file systems take for the name of one file, in bytes. */
const longestName = 255;
const longestPath = 4_000;

/**
 * Why a list of entries, maybe from a hostile manifest, must not be unpacked; the first problem, or `undefined`.
 * Entries stay below the folder on any system: also where `A` and `a`, or two spellings of `ä`, are the same name,
 * so that nothing can be written through a link that looks like a folder elsewhere in the list.
 */
export function entryProblem(entries: readonly ReleaseEntry[]): EntryProblem | undefined {
  const single = entries.map((entry) => singleProblem(entry)).find((problem) => problem !== undefined);
  return single ?? nameProblem(entries) ?? nestingProblem(entries);
}

function singleProblem(entry: ReleaseEntry): EntryProblem | undefined {
  const { path } = entry;
  const segments = path.split("/");
  if (!path.isWellFormed() || path.includes("\0") || path.length > longestPath) return { path, because: "path" };
  if (segments.some((segment) => segment === "" || segment === "." || segment === ".."))
    return { path, because: "path" };
  if (segments.some((segment) => isNeverReleased(segment) || Buffer.byteLength(segment) > longestName))
    return { path, because: "name" };
  if (isSymlink(entry) && !staysInside(entry.symlink, segments.length - 1)) return { path, because: "symlink" };
  return undefined;
}

/** Git's data and Tidegate's own are no part of any release, in whatever case a disk may take them for the same. */
export function isNeverReleased(segment: string): boolean {
  return /^\.(git|tidegate)$/i.test(segment);
}

/**
 * Whether a link `depth` folders down cannot lead out: it climbs first, at most to the top, then only descends.
 * `..` after a name could climb from wherever that name links to: `a` → `.` makes `a/a/a/../../..` lead out.
 */
export function staysInside(target: string, depth: number): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0") || !target.isWellFormed()) return false;
  const segments = target.split("/");
  const firstName = segments.findIndex((segment) => segment !== "..");
  const climbs = firstName === -1 ? segments.length : firstName;
  return climbs <= depth && !segments.slice(climbs).some((segment) => segment === ".." || segment === "");
}

function nameProblem(entries: readonly ReleaseEntry[]): EntryProblem | undefined {
  const paths = new Set<string>();
  const spellings = new Map<string, string>();
  for (const { path } of entries) {
    if (paths.has(path)) return { path, because: "twice" };
    paths.add(path);
    for (const prefix of prefixes(path)) {
      const folded = prefix.normalize("NFC").toLowerCase().normalize("NFC");
      const other = spellings.get(folded) ?? prefix;
      if (other !== prefix) return { path: prefix, because: "collision", other };
      spellings.set(folded, prefix);
    }
  }
  return undefined;
}

function nestingProblem(entries: readonly ReleaseEntry[]): EntryProblem | undefined {
  const leaves = new Set(entries.filter((entry) => !("folder" in entry)).map((entry) => entry.path));
  for (const { path } of entries) {
    const other = prefixes(path).find((prefix) => prefix !== path && leaves.has(prefix));
    if (other !== undefined) return { path, because: "belowNonFolder", other };
  }
  return undefined;
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
export function prefixes(path: string): string[] {
  const segments = path.split("/");
  return segments.map((_, position) => segments.slice(0, position + 1).join("/"));
}
