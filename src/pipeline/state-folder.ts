import { randomBytes } from "node:crypto";
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../files/make-folder.ts";

/** Where the pipeline keeps what: all of it below one private folder that git ignores. */
export interface PipelinePaths {
  readonly root: string;
  readonly key: string;
  readonly index: string;
  readonly entries: string;
  readonly blobs: string;
  readonly last: string;
  readonly runs: string;
  readonly running: string;
}

export function pipelinePaths(root: string): PipelinePaths {
  const at = (...names: string[]) => join(root, ...names);
  return {
    root,
    key: at("key"),
    index: at("cache", "index"),
    entries: at("cache", "entries"),
    blobs: at("cache", "blobs"),
    last: at("cache", "last"),
    runs: at("runs"),
    running: at("running"),
  };
}

/** Makes the folder, out of git's sight. Does nothing when it is there. @throws the system's error. */
export function prepareStateFolder(root: string): void {
  const ignore = join(root, ".gitignore");
  if (existsSync(ignore)) return;
  makeFolder(root);
  writeFileSync(ignore, "*\n", { mode: 0o600 });
}

/**
 * Writes a file whole or not at all, without waiting for the disk: for what is checked when it is read and can be
 * made again. @throws the system's error; nothing is left behind.
 */
export function writeQuickly(path: string, data: string | Uint8Array): void {
  const neighbour = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeNew(neighbour, data);
    renameSync(neighbour, path);
  } catch (error) {
    rmSync(neighbour, { force: true });
    throw error;
  }
}

/** Like `writeQuickly`, but false when the file is already there: of several writers exactly one wins. */
export function writeFirst(path: string, data: string | Uint8Array): boolean {
  const neighbour = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeNew(neighbour, data);
    linkSync(neighbour, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(neighbour, { force: true });
  }
}

function writeNew(path: string, data: string | Uint8Array): void {
  const options = { mode: 0o600, flag: "wx" } as const;
  try {
    writeFileSync(path, data, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    makeFolder(dirname(path));
    writeFileSync(path, data, options);
  }
}

/** The content of a file, or `undefined` when it cannot be read for whatever reason. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
