import { existsSync } from "node:fs";
import { join } from "node:path";
import { outputName } from "./home.ts";

/** The log files in a process's folder that exist, oldest first. */
export function outputFiles(folder: string): string[] {
  const newest = join(folder, outputName);
  return [`${newest}.1`, newest].filter((path) => existsSync(path));
}
