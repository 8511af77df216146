import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Pattern } from "../graph/patterns/pattern.ts";

/**
 * Where a pattern of outputs really begins, with all links on the way followed, relative to the project; `undefined` when
 * that is outside of it. The last name of a path is its own, also when it is a link: that is removed and never followed.
 * What is not there yet is where it would be made.
 */
export function realBase(projectFolder: string, { kind, base }: Pick<Pattern, "kind" | "base">): string | undefined {
  const root = realpathSync.native(projectFolder);
  const start = kind === "glob" ? base : dirname(base);
  const missing: string[] = [];
  for (let folder = start === "." ? "" : start; ; folder = folder.includes("/") ? dirname(folder) : "") {
    const real = folder === "" ? root : realPath(join(root, folder));
    if (real === undefined) {
      missing.unshift(basename(folder));
      continue;
    }
    if (real !== root && !real.startsWith(root + sep)) return undefined;
    const last = kind === "glob" ? [] : [basename(base)];
    return [relative(root, real).split(sep).join("/"), ...missing, ...last].filter((part) => part !== "").join("/");
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
