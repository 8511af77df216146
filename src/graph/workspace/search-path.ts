import { existsSync } from "node:fs";
import type { Looks } from "../../files/looks.ts";

/**
 * A search path with the programs of a package's own, and of the folders between it and the project, first. `looks` is
 * told every place that this depends on.
 */
export function packageSearchPath(root: string, folder: string, searchPath: string, looks?: Looks): string {
  const found: string[] = [];
  for (let at = folder; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    const tools = `${root}/${at}/node_modules/.bin`;
    if (existsSync(tools)) {
      looks?.addFollowed(tools);
      found.push(tools);
    } else looks?.addAbsent(tools);
  }
  return [...found, searchPath].join(":");
}
