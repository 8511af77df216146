import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const names = ["tidegate.config.ts", "tidegate.config.mts", "tidegate.config.js", "tidegate.config.mjs"];

/**
 * The definition that holds for a folder: in it or in the nearest one above, not beyond the repository's root.
 * Absolute, its folder without symbolic links; `undefined` when there is none.
 */
export function findDefinition(folder: string): string | undefined {
  for (let current = realFolder(folder); ; current = dirname(current)) {
    const found = names.map((name) => join(current, name)).find((file) => existsSync(file));
    if (found !== undefined) return found;
    // A worktree's or submodule's `.git` is a file.
    if (existsSync(join(current, ".git")) || dirname(current) === current) return undefined;
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
