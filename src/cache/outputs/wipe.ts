import { chmodSync, lstatSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { dirname, sep } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { listOutputs } from "./list-outputs.ts";

/** Removes everything that stands where outputs are declared. A link is removed, never what it points to. @throws the system's error. */
export function wipeOutputs(projectFolder: string, outputs: readonly Claim[]): void {
  for (const { pattern } of outputs) {
    if (pattern.kind !== "glob") removeTree(`${projectFolder}/${pattern.base}`);
  }
  const globs = outputs.filter(({ pattern }) => pattern.kind === "glob");
  for (const { path } of listOutputs(projectFolder, globs).found) rmSync(`${projectFolder}/${path}`, { force: true });
}

/** Removes a file, link or folder with all that is in it, also where folders were made read-only. @throws the system's error. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "EACCES" && code !== "EPERM" && code !== "ENOTEMPTY") throw error;
    openFolders(path);
    rmSync(path, { recursive: true, force: true });
  }
}

function openFolders(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(`${path}/${name}`);
}

/**
 * Outputs that stand behind a link out of the project: wiping or restoring them would touch what is not the project's.
 * What the link itself is named by may be an output; the folders above it count.
 */
export function outputsOutside(projectFolder: string, outputs: readonly Claim[]): Failure[] {
  const root = realpathSync.native(projectFolder);
  const outside = outputs.filter(({ pattern }) => {
    const start = pattern.kind === "glob" ? pattern.base : dirname(pattern.base);
    return start !== "." && start !== "" && leadsOut(root, start);
  });
  return outside.map(({ pattern }) => ({
    code: "path-outside-project",
    message: `The output ${pattern.text} is behind a link that leads out of the project`,
    hint: "Replace the link by a folder, or declare an output inside of the project.",
  }));
}

function leadsOut(root: string, path: string): boolean {
  for (let folder = path; folder !== "."; folder = dirname(folder)) {
    const real = realPath(`${root}/${folder}`);
    if (real !== undefined) return real !== root && !real.startsWith(root + sep);
  }
  return false;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
