import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

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
