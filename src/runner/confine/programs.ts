import { accessSync, constants, type Dirent, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { isWithin } from "../../graph/patterns/pattern.ts";

/** A program that PATH names outside of the system and of the project, and what it is made of. */
export interface FoundProgram {
  /** Where PATH has it. */
  readonly at: string;
  /** The file itself, behind all links. */
  readonly real: string;
  /** Folders without which it cannot run. */
  readonly parts: readonly string[];
}

/** Beside a `bin`, these hold parts of programs and nothing of people, by the Filesystem Hierarchy Standard. */
const partFolders = ["lib", "lib64", "libexec"];

/**
 * What tells that the folder around a `bin` is a tool and nothing else: Python's and conda's environments, pyenv, rbenv,
 * asdf, Go, a JDK.
 */
const wholeTools = ["pyvenv.cfg", "conda-meta", "libexec/pyenv", "libexec/rbenv", "asdf.sh", "pkg/tool", "lib/modules"];

/**
 * The programs in the folders of PATH. A program brings its file and its parts, never the folder around it: around
 * `~/.local/bin` and `~/bin` stands what people keep. `isKnown`: whether a path is there anyway, or must never be shown.
 */
export function programsInPath(searchPath: string, home: string, isKnown: (path: string) => boolean): FoundProgram[] {
  const folders = new Set(searchPath.split(":").filter((folder) => isAbsolute(folder) && !isKnown(folder)));
  return [...folders].flatMap(programsIn).map(({ at, real }) => {
    const parts = isKnown(real) ? [] : partsOf(real, home).filter((part) => !isKnown(part) && !isWithin(home, part));
    return { at, real, parts };
  });
}

function programsIn(folder: string): Omit<FoundProgram, "parts">[] {
  return entriesOf(folder).flatMap(({ name }) => {
    const at = join(folder, name);
    try {
      const real = realpathSync.native(at);
      accessSync(real, constants.X_OK);
      return statSync(real).isFile() ? [{ at, real }] : [];
    } catch {
      return [];
    }
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() || entry.isSymbolicLink());
  } catch {
    // A folder that is not there, or that this user may not look into, has no programs for them.
    return [];
  }
}

function partsOf(real: string, home: string): string[] {
  // An installed package needs those beside it.
  const packages = /^(.*?\/node_modules)\//.exec(real)?.[1];
  if (packages !== undefined) return [packages];
  const folder = dirname(real);
  const around = dirname(folder);
  if (!/^(bin|sbin|shims)$/.test(basename(folder)) || isWithin(home, around)) return [];
  if (wholeTools.some((mark) => existsSync(join(around, mark)))) return [around];
  return partFolders.map((name) => join(around, name)).filter((path) => existsSync(path));
}
