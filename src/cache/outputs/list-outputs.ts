import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import type { Looks } from "../../files/looks.ts";
import { matches, type Pattern } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";

/** Something that stands where an output is declared. `other`: what cannot be kept, such as a socket. */
export interface FoundOutput {
  readonly path: string;
  readonly kind: "file" | "link" | "folder" | "other";
  readonly stat: Stats;
  /** Of a link: what is written in it. */
  readonly target?: string;
}

export interface OutputListing {
  readonly found: readonly FoundOutput[];
  /** Declared outputs that are not there. */
  readonly missing: readonly Claim[];
}

/**
 * What is on disk where outputs are declared, folders before what is in them. Links are not followed. `looks` is told
 * every place that this depends on. @throws the system's error.
 */
export function listOutputs(projectFolder: string, outputs: readonly Claim[], looks?: Looks): OutputListing {
  const found = new Map<string, FoundOutput>();
  const missing = outputs.filter((claim) => !collect(projectFolder, claim.pattern, found, looks));
  for (const path of found.keys()) looks?.add(path);
  return { found: [...found.values()], missing };
}

/** Whether anything of the pattern is there. */
function collect(root: string, pattern: Pattern, found: Map<string, FoundOutput>, looks: Looks | undefined): boolean {
  looks?.add(pattern.base);
  const top = look(root, pattern.base);
  if (top === undefined) return false;
  if (pattern.kind !== "glob") {
    addAll(root, top, found);
    return pattern.kind === "path" || top.kind === "folder";
  }
  const before = found.size;
  const isOldMatch = [...found.keys()].some((path) => matches(pattern, path));
  if (top.kind === "folder") addMatching(root, top, pattern, found, looks);
  return isOldMatch || found.size > before;
}

function addAll(root: string, output: FoundOutput, found: Map<string, FoundOutput>): void {
  found.set(output.path, output);
  if (output.kind === "folder") for (const child of childrenOf(root, output)) addAll(root, child, found);
}

/** Of a glob only files and links are outputs: the folders on the way belong to nobody. */
function addMatching(
  root: string,
  folder: FoundOutput,
  pattern: Pattern,
  found: Map<string, FoundOutput>,
  looks: Looks | undefined,
): void {
  looks?.add(folder.path);
  for (const child of childrenOf(root, folder)) {
    if (child.kind === "folder") {
      if (/(^|\/)(\.git|\.tidegate|node_modules)$/.test(child.path) && !pattern.entersModules) continue;
      addMatching(root, child, pattern, found, looks);
    } else if (matches(pattern, child.path)) found.set(child.path, child);
  }
}

function* childrenOf(root: string, folder: FoundOutput): Iterable<FoundOutput> {
  const absolute = folder.path === "" ? root : `${root}/${folder.path}`;
  for (const name of readdirSync(absolute)) {
    const child = look(root, folder.path === "" ? name : `${folder.path}/${name}`);
    if (child !== undefined) yield child;
  }
}

function look(root: string, path: string): FoundOutput | undefined {
  const absolute = `${root}/${path}`;
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isFile()) return { path, kind: "file", stat };
  if (stat.isDirectory()) return { path, kind: "folder", stat };
  if (stat.isSymbolicLink()) return { path, kind: "link", stat, target: readlinkSync(absolute) };
  return { path, kind: "other", stat };
}
