import { readdirSync, readlinkSync, type Stats } from "node:fs";
import type { Looks } from "../../files/looks.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { barredOutput } from "../../graph/patterns/barred-output.ts";
import { matches, type Pattern } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";

/**
 * Something that stands where an output is declared. `other`: what cannot be kept, such as a socket, or a file or folder
 * whose name is not UTF-8.
 */
export interface FoundOutput {
  readonly path: string;
  readonly kind: "file" | "link" | "folder" | "other";
  readonly stat: Stats;
  /** Of a link: what is written in it. */
  readonly target?: string;
  /** Its absolute path, when its name is not UTF-8; `path` only shows it. */
  readonly bytes?: Buffer;
}

export interface OutputListing {
  readonly found: readonly FoundOutput[];
  /** Declared outputs that are not there. */
  readonly missing: readonly Claim[];
  /** What a glob would mean, but nobody's task may have: it is never removed, and no result with it is kept. */
  readonly barred: readonly string[];
}

/**
 * What is on disk where outputs are declared, folders before what is in them. Links are not followed. `looks` is told
 * every place that this depends on. @throws the system's error.
 */
export function listOutputs(projectFolder: string, outputs: readonly Claim[], looks?: Looks): OutputListing {
  const found = new Found();
  const missing = outputs.filter((claim) => !collect(projectFolder, claim.pattern, found, looks));
  for (const path of found.keys()) looks?.add(path);
  return { found: [...found.values()], missing, barred: [...barredIn(outputs, found)] };
}

/** By path, and by another key where that only shows it. */
class Found extends Map<string, FoundOutput> {
  /** Spared, because only a glob means them. */
  readonly spared = new Set<string>();

  add(output: FoundOutput): void {
    this.set(output.bytes === undefined ? output.path : `\0${output.bytes.toString("latin1")}`, output);
  }
}

/** Of folders only files of variables: a folder is the task's with all that tools put into it, and packages bring their own. */
function barredIn(outputs: readonly Claim[], found: Found): Set<string> {
  const named = new Set(outputs.filter(({ pattern }) => pattern.kind !== "glob").map(({ pattern }) => pattern.base));
  const files = [...found.values()].filter(({ path, kind }) => kind === "file" && !/(^|\/)node_modules\//.test(path));
  const variables = files.filter(({ path }) => /(^|\/)\.env[^/]*$/.test(path) && barredOutput(path) !== undefined);
  return new Set([...found.spared, ...variables.map(({ path }) => path)].filter((path) => !named.has(path)));
}

/** Whether anything of the pattern is there. */
function collect(root: string, pattern: Pattern, found: Found, looks: Looks | undefined): boolean {
  looks?.add(pattern.base);
  const top = look(root, pattern.base);
  if (top === undefined) return false;
  if (pattern.kind !== "glob") {
    addAll(root, top, found);
    return pattern.kind === "path" || top.kind === "folder";
  }
  const before = found.size;
  const isOldMatch = [...found.values()].some(({ path }) => matches(pattern, path));
  if (top.kind === "folder") addMatching(root, top, pattern, found, looks);
  return isOldMatch || found.size > before;
}

function addAll(root: string, output: FoundOutput, found: Found): void {
  found.add(output);
  if (output.kind === "folder") for (const child of childrenOf(root, output)) addAll(root, child, found);
}

/** Of a glob only files and links are outputs: the folders on the way belong to nobody. */
function addMatching(
  root: string,
  folder: FoundOutput,
  pattern: Pattern,
  found: Found,
  looks: Looks | undefined,
): void {
  looks?.add(folder.path);
  for (const child of childrenOf(root, folder)) {
    if (child.kind === "folder") {
      if (/(^|\/)(\.git|\.tidegate|node_modules)$/.test(child.path) && !pattern.entersModules) continue;
      addMatching(root, child, pattern, found, looks);
    } else if (isUnreadable(child) || matches(pattern, child.path)) {
      if (barredOutput(child.path) === undefined) found.add(child);
      else found.spared.add(child.path);
    }
  }
}

/** A folder whose name is not UTF-8 may hold what the pattern means. */
function isUnreadable({ bytes, stat }: FoundOutput): boolean {
  return bytes !== undefined && stat.isDirectory();
}

function* childrenOf(root: string, folder: FoundOutput): Iterable<FoundOutput> {
  const absolute = folder.path === "" ? root : `${root}/${folder.path}`;
  const names = readdirSync(absolute);
  for (const name of names) {
    const child = look(root, folder.path === "" ? name : `${folder.path}/${name}`);
    if (child !== undefined) yield child;
  }
  // What stands for bytes that are no UTF-8 may also have been written as such.
  if (names.some((name) => name.includes("\ufffd"))) yield* unnamedIn(absolute, folder.path);
}

function* unnamedIn(absolute: string, path: string): Iterable<FoundOutput> {
  for (const name of readdirSync(absolute, { encoding: "buffer" })) {
    if (Buffer.from(name.toString()).equals(name)) continue;
    const bytes = Buffer.concat([Buffer.from(`${absolute}/`), name]);
    const stat = lstatIfThere(bytes);
    if (stat !== undefined)
      yield { path: path === "" ? shown(name) : `${path}/${shown(name)}`, kind: "other", stat, bytes };
  }
}

/** `b\xff`: the bytes that are not ASCII, by their numbers. */
function shown(name: Buffer): string {
  return name.toString("latin1").replace(/[^ -~]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function look(root: string, path: string): FoundOutput | undefined {
  const absolute = `${root}/${path}`;
  const stat = lstatIfThere(absolute);
  if (stat === undefined) return undefined;
  if (stat.isFile()) return { path, kind: "file", stat };
  if (stat.isDirectory()) return { path, kind: "folder", stat };
  if (stat.isSymbolicLink()) return { path, kind: "link", stat, target: readlinkSync(absolute) };
  return { path, kind: "other", stat };
}
