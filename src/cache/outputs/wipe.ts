import { chmodSync, readdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { barredOutput } from "../../graph/patterns/barred-output.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import { realBase } from "../../inputs/real-base.ts";
import { listOutputs } from "./list-outputs.ts";

/** Removes everything that stands where outputs are declared. A link is removed, never what it points to. @throws the system's error. */
export function wipeOutputs(projectFolder: string, outputs: readonly Claim[]): void {
  for (const { pattern } of outputs) {
    if (pattern.kind !== "glob") clear(`${projectFolder}/${pattern.base}`);
  }
  const globs = outputs.filter(({ pattern }) => pattern.kind === "glob");
  for (const { path, bytes } of listOutputs(projectFolder, globs).found) clear(bytes ?? `${projectFolder}/${path}`);
}

/** Removes what stands there, by its very bytes; of a folder that is mounted what is in it. @throws the system's error. */
export function clear(path: string | Buffer): void {
  try {
    if (typeof path === "string") removeTree(path);
    else rmSync(path, { recursive: true, force: true });
  } catch (error) {
    if (!isEmptyFolder(path)) throw error;
  }
}

/** Nothing else is refused once there is nothing in it. */
function isEmptyFolder(path: string | Buffer): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
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
  const stat = lstatIfThere(path);
  if (!stat?.isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) openFolders(`${path}/${name}`);
}

/**
 * Outputs that stand behind a link which leads out of the project, or to what is nobody's output: wiping or restoring
 * them would touch what is not the task's. What the link itself is named by may be an output; the folders above it count.
 */
export function misplacedOutputs(projectFolder: string, outputs: readonly Claim[]): Failure[] {
  return outputs.flatMap(({ pattern }): Failure[] => {
    const base = realBase(projectFolder, pattern);
    if (base === undefined) return [leadsOut(pattern.text)];
    const barred = base === pattern.base ? undefined : barredOutput(base);
    return barred === undefined ? [] : [leadsInto(pattern.text, base, barred.what)];
  });
}

/**
 * The same of single files that are to be written: a link may stand on the way to them that no pattern names. Nothing is
 * made. @throws the system's error.
 */
export function misplacedFiles(projectFolder: string, paths: Iterable<string>): Failure[] {
  const folders = new Map<string, string>();
  for (const path of paths) folders.set(dirname(path), path);
  return [...folders.values()].flatMap((path) => {
    const place = realBase(projectFolder, { kind: "path", base: path });
    if (place === undefined) return [leadsOut(path)];
    const barred = place === path ? undefined : barredOutput(place);
    return barred === undefined ? [] : [leadsInto(path, place, barred.what)];
  });
}

function leadsOut(text: string): Failure {
  return {
    code: "path-outside-project",
    message: `The output ${text} is behind a link that leads outside the project`,
    hint: "Replace the link with a folder, or declare an output inside the project.",
  };
}

function leadsInto(text: string, base: string, what: string): Failure {
  return {
    code: "output-reserved",
    message: `The output ${text} is behind a link: it is really ${base}, which ${what}`,
    hint: "Replace the link with a folder, or name an output that belongs to the task alone.",
  };
}
