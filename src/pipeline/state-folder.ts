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
  /** Trees in which confined tasks run, as long as they do. */
  readonly stages: string;
  readonly testHistory: string;
  /** Which shard each test file is in. */
  readonly shards: string;
  /** When the cache was last tidied. */
  readonly tidied: string;
  /** What makes the last run, in which nothing had to be done, certain to come out the same again. */
  readonly standing: string;
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
    stages: at("stages"),
    testHistory: at("tests", "history.sqlite"),
    shards: at("tests", "shards"),
    tidied: at("cache", "tidied.json"),
    standing: at("cache", "standing"),
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
  const neighbour = neighbourOf(path);
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
  const neighbour = neighbourOf(path);
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

/** A name that nobody else writes to: the folder is private, so that it need not be one that nobody can guess. */
function neighbourOf(path: string): string {
  return `${path}.${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}.tmp`;
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
