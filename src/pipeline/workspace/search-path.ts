import { existsSync } from "node:fs";

/** A search path with the programs of a package's own, and of the folders between it and the project, first. */
export function packageSearchPath(root: string, folder: string, searchPath: string): string {
  const found: string[] = [];
  for (let at = folder; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    const tools = `${root}/${at}/node_modules/.bin`;
    if (existsSync(tools)) found.push(tools);
  }
  return [...found, searchPath].join(":");
}
