import { accessSync, constants } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Variables } from "./known-nodes.ts";

/**
 * The `npm` of this machine, absolute: the first on `PATH`, else the one beside the Node that runs this. Never one that
 * a project has among its packages.
 */
export function npmClient(env: Variables): string | undefined {
  const folders = (env.PATH ?? "")
    .split(":")
    .filter((folder) => isAbsolute(folder) && !folder.includes("/node_modules/"));
  return [...folders, dirname(process.execPath)].map((folder) => join(folder, "npm")).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
