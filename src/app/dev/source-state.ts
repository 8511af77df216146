import { createHash } from "node:crypto";
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { matches, type Pattern, parsePattern } from "../../graph/patterns/pattern.ts";
import { isLeftOut } from "./service-files.ts";

/**
 * A text that is another one when a file of a service was changed, by what the system tells of it. `files`: patterns of the
 * definition. What cannot be looked at counts as not there.
 */
export function sourceState(projectFolder: string, files: readonly string[]): string {
  const parsed = files.flatMap((text) => {
    const one = parsePattern(text);
    return one.ok ? [one.pattern] : [];
  });
  const excluded = parsed.filter(({ excluded: is }) => is);
  const hash = createHash("sha256");
  const isMeant = (pattern: Pattern, path: string) =>
    (pattern.kind !== "glob" || matches(pattern, path)) && !excluded.some((other) => matches(other, path));
  for (const pattern of parsed) {
    if (pattern.excluded) continue;
    for (const path of filesBelow(projectFolder, pattern.base)) {
      const stat = isMeant(pattern, path) ? lstatIfThere(join(projectFolder, path)) : undefined;
      if (stat !== undefined) hash.update(`${path}\0${stat.size} ${stat.mtimeMs} ${stat.ino}\0`);
    }
  }
  return hash.digest("hex");
}

function* filesBelow(projectFolder: string, path: string): Iterable<string> {
  const entries = entriesOf(join(projectFolder, path));
  if (entries === undefined) {
    yield path;
    return;
  }
  for (const entry of entries) {
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    if (!entry.isDirectory()) yield below;
    else if (!isLeftOut(entry.name)) yield* filesBelow(projectFolder, below);
  }
}

/** `undefined`: it is no folder. In the order of their names. */
function entriesOf(folder: string): Dirent[] | undefined {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return undefined;
  }
}
