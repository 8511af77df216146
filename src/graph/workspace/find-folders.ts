import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import picomatch from "picomatch";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { Looks } from "../../files/looks.ts";

/**
 * The folders that patterns like `packages/*`, `apps/**` and `!packages/old` name and that have a package.json, relative
 * to the project, in code-unit order. Links to folders are packages as for npm and pnpm; `**` does not go on behind one, and a
 * folder that several names lead to is there once. `node_modules`, folders that begin with a dot and patterns that lead out of
 * the project are never entered. `looks` is told every place that this depends on.
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
  const packages = folders.filter((folder) => existsSync(join(projectFolder, folder, "package.json")));
  return onceEach(projectFolder, packages.sort(byCodeUnit));
}

/** Of several names of a folder its own stays, else the first. A link back to what it stands in is none. */
function onceEach(projectFolder: string, folders: readonly string[]): string[] {
  const root = realpathSync.native(projectFolder);
  const byPlace = Map.groupBy(folders, (folder) => realpathSync.native(join(root, folder)));
  const kept = [...byPlace].flatMap(([place, names]) => {
    const own = names.find((name) => join(root, name) === place);
    return own ?? names.filter((name) => relative(place, join(root, name)).startsWith("..")).slice(0, 1);
  });
  return folders.filter((folder) => kept.includes(folder));
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
    for (const { name, isLink } of childFolders(root, folder))
      expand(root, below(folder, name), isLink ? rest : segments, found);
  } else if (!picomatch.scan(segment).isGlob) {
    expand(root, below(folder, segment), rest, found);
  } else {
    const matches = picomatch(segment);
    for (const { name } of childFolders(root, folder))
      if (matches(name)) expand(root, below(folder, name), rest, found);
  }
}

interface Child {
  readonly name: string;
  readonly isLink: boolean;
}

/** Links count whatever they lead to: what has no package.json is no package. */
function childFolders({ root, looks }: Root, folder: string): Child[] {
  looks?.addFollowed(folder);
  try {
    return readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => ({ name: entry.name, isLink: entry.isSymbolicLink() }))
      .filter(({ name }) => name !== "node_modules" && !name.startsWith("."));
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
