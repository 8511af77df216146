import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Not the project's own sources or outputs. What of them a release takes is looked at with the release. */
const skipped = new Set([".git", ".tidegate", "node_modules"]);

/**
 * The files and links below a folder, in code-unit order, relative to it, whatever git thinks of them. Links are not
 * followed. A folder that cannot be read is given as a path itself, so that whoever reads it finds out.
 */
export function* treeFiles(root: string, folder = ""): Generator<string> {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(join(root, folder));
  } catch {
    yield folder;
    return;
  }
  for (const entry of entries) {
    if (skipped.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* treeFiles(root, path);
    else if (entry.isFile() || entry.isSymbolicLink()) yield path;
  }
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}
