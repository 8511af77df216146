import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

const names = ["tidegate.config.ts", "tidegate.config.mts", "tidegate.config.js", "tidegate.config.mjs"];

/**
 * Where a definition stands in its project: at the root, or in `.config/`, where the wildcards of the project's own
 * tools do not look.
 */
const places = ["", ".config"];

/** The definition that holds for a folder. */
export interface FoundDefinition {
  /** The definition. Absolute; its project's folder is without symbolic links. */
  readonly file: string;
  /** The project's folder: the paths in the definition are relative to it. */
  readonly folder: string;
}

/**
 * The definition that holds for a folder: in it or in the nearest one above, not beyond the repository's root;
 * `undefined` when there is none.
 */
export function findDefinition(start: string): FoundDefinition | undefined {
  const isInside = (folder: string) => basename(folder) === ".config" && !existsSync(join(folder, ".git"));
  for (let folder = realFolder(start); ; folder = dirname(folder)) {
    // Asked from `.config/`, it is the folder around it that has the definition.
    if (isInside(folder)) continue;
    const file = places
      .flatMap((place) => names.map((name) => join(folder, place, name)))
      .find((candidate) => existsSync(candidate));
    if (file !== undefined) return { file, folder };
    // A worktree's or submodule's `.git` is a file.
    if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
