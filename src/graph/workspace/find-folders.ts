import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import picomatch from "picomatch";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { Looks } from "../../files/looks.ts";

/**
 * The folders that patterns like `packages/*`, `apps/**` and `!packages/old` name and that have a package.json, relative
 * to the project, in code-unit order. Links are followed for a named folder only; `node_modules`, folders that begin
 * with a dot and patterns that lead out of the project are never entered. `looks` is told every place that this depends on.
 */
export function findFolders(projectFolder: string, patterns: readonly string[], looks?: Looks): string[] {
  const found = new Set<string>();
  const excluded = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => plain(pattern.slice(1)));
  const isExcluded = excluded.length === 0 ? () => false : picomatch(excluded, { dot: true });
  for (const pattern of patterns) {
    const segments = plain(pattern)
      .split("/")
      .filter((segment) => segment !== "" && segment !== ".");
    if (pattern.startsWith("!") || segments.includes("..")) continue;
    expand({ root: projectFolder, looks }, "", segments, found);
  }
  const folders = [...found].filter((folder) => !isExcluded(folder));
  for (const folder of folders) looks?.addFollowed(join(folder, "package.json"));
  return folders.filter((folder) => existsSync(join(projectFolder, folder, "package.json"))).sort(byCodeUnit);
}

interface Root {
  readonly root: string;
  readonly looks: Looks | undefined;
}

/** Adds the folders below `folder` that the segments name. */
function expand(root: Root, folder: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    found.add(folder);
  } else if (segment === "**") {
    expand(root, folder, rest, found);
    for (const name of childFolders(root, folder)) expand(root, below(folder, name), segments, found);
  } else if (!picomatch.scan(segment).isGlob) {
    expand(root, below(folder, segment), rest, found);
  } else {
    const matches = picomatch(segment);
    for (const name of childFolders(root, folder)) if (matches(name)) expand(root, below(folder, name), rest, found);
  }
}

function childFolders({ root, looks }: Root, folder: string): string[] {
  looks?.addFollowed(folder);
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return folders.filter((name) => name !== "node_modules" && !name.startsWith("."));
  } catch {
    return [];
  }
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** `./packages/a/` is `packages/a`. */
function plain(pattern: string): string {
  return pattern.replace(/^\.\//, "").replace(/\/+$/, "");
}
