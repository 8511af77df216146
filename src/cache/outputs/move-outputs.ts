import { chmodSync, cpSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { makeFolder } from "../../files/make-folder.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { listOutputs } from "./list-outputs.ts";
import { removeTree } from "./wipe.ts";

/** Moves outputs from one tree to another, in which they are not there. @throws the system's error. */
export function moveOutputs(from: string, to: string, outputs: readonly Claim[]): void {
  for (const { pattern } of outputs) if (pattern.kind !== "glob") move(from, to, pattern.base);
  const globs = outputs.filter(({ pattern }) => pattern.kind === "glob");
  for (const { path, bytes } of listOutputs(from, globs).found) {
    if (bytes === undefined) move(from, to, path);
    else moveUnnamed(bytes, from, to, dirname(path));
  }
}

/** By the bytes of its name, which are not UTF-8. */
function moveUnnamed(source: Buffer, from: string, to: string, folder: string): void {
  makeFolder(`${to}/${folder}`, 0o777);
  renameSync(source, Buffer.concat([Buffer.from(to), source.subarray(Buffer.byteLength(from))]));
}

/** What was not written, or moved already as part of another output, is not there. */
function move(from: string, to: string, path: string): void {
  const [source, target] = [`${from}/${path}`, `${to}/${path}`];
  const stat = lstatIfThere(source);
  if (stat === undefined) return;
  makeFolder(dirname(target), 0o777);
  // A folder that takes no change cannot be moved either: its entry for the folder above changes.
  const isLocked = stat.isDirectory() && (stat.mode & 0o200) === 0;
  if (isLocked) chmodSync(source, stat.mode | 0o200);
  try {
    renameSync(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(source, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, errorOnExist: true });
    removeTree(source);
  }
  if (isLocked) chmodSync(target, stat.mode);
}
