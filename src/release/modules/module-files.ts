import { existsSync, type Stats } from "node:fs";
import { join } from "node:path";
import { type ProductionPackages, realFolder } from "./production-packages.ts";

/** Where package managers keep the packages that the other folders link to: a folder for each, with a `node_modules` inside. */
const stores = new Set([".pnpm", ".bun", ".store"]);
/** What package managers and tools note for themselves; it changes with what is installed for development. */
const notes =
  /^\.(package-lock\.json|modules\.yaml|pnpm-.*\.json|yarn-integrity|yarn-state\.yml|cache|vite|vite-temp|vitest)$/;

/** Tells what of `node_modules` folders belongs to packages that are needed in production, and what does not. */
export class ModuleFiles {
  readonly #root: string;
  readonly #packages: ProductionPackages;

  /** @param root The project's real path. */
  constructor(root: string, packages: ProductionPackages) {
    this.#root = root;
    this.#packages = packages;
  }

  /** Whether a path, with all that is below it, stays out. Of a path whose folder stays out nobody asks. */
  leavesOut(path: string, stat: Stats): boolean {
    const names = path.split("/");
    const [above, parent, name = ""] = [names.at(-3), names.at(-2), names.at(-1)];
    if (parent === "node_modules") return this.#leavesOutEntry(path, name, stat);
    if (above !== "node_modules" || parent === undefined) return false;
    if (parent.startsWith("@")) return !this.#isPackageToKeep(path, stat);
    if (parent === ".bin") return !this.#isProgramToKeep(path, name, stat);
    // Beside the packages a store has a `node_modules` for those that look for what they do not name.
    if (stores.has(parent)) return name !== "node_modules" && !(stat.isDirectory() && this.#hasPackageIn(path));
    return false;
  }

  #leavesOutEntry(path: string, name: string, stat: Stats): boolean {
    if (name.startsWith(".")) return notes.test(name);
    if (name.startsWith("@") && stat.isDirectory()) return false;
    return !this.#isPackageToKeep(path, stat);
  }

  /** What is no package was put there by something else: a generated client, say. */
  #isPackageToKeep(path: string, stat: Stats): boolean {
    const { folders } = this.#packages;
    if (folders.has(path) || this.#isBundled(path)) return true;
    if (stat.isSymbolicLink()) return folders.has(realFolder(this.#root, path) ?? path);
    return !stat.isDirectory() || !existsSync(join(this.#root, path, "package.json"));
  }

  #isBundled(path: string): boolean {
    const { bundles } = this.#packages;
    return bundles.size > 0 && above(path).some((folder) => bundles.has(folder));
  }

  /** Links lead to their package; what is written as a script has at least its program's name. */
  #isProgramToKeep(path: string, name: string, stat: Stats): boolean {
    if (!stat.isSymbolicLink()) return this.#packages.programs.has(name.replace(/\.(cmd|ps1)$/, ""));
    const real = realFolder(this.#root, path);
    return real !== undefined && above(real).some((folder) => this.#packages.folders.has(folder));
  }

  #hasPackageIn(folder: string): boolean {
    for (const kept of this.#packages.folders) if (kept.startsWith(`${folder}/`)) return true;
    return false;
  }
}

/** `a/b/c` → `a/b`, `a`. */
function above(path: string): string[] {
  const names = path.split("/");
  return names.slice(1).map((_, at) => names.slice(0, names.length - 1 - at).join("/"));
}
