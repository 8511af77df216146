import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Where the pipeline keeps what: all of it below one private folder that git ignores. */
export interface PipelinePaths {
  readonly root: string;
  readonly key: string;
  readonly index: string;
  /** What packing knows of files. */
  readonly packIndex: string;
  readonly entries: string;
  readonly blobs: string;
  readonly last: string;
  readonly runs: string;
  readonly running: string;
  /** Trees in which confined tasks run, as long as they do. */
  readonly stages: string;
  /** Outputs that stand aside as long as their task runs. */
  readonly aside: string;
  /** What failed tasks wrote whose outputs are those from before again: of each the last time. */
  readonly failed: string;
  /** Where older versions kept both. */
  readonly before: { readonly aside: string; readonly failed: string };
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
    packIndex: at("cache", "packed"),
    entries: at("cache", "entries"),
    blobs: at("cache", "blobs"),
    last: at("cache", "last"),
    runs: at("runs"),
    running: at("running"),
    stages: at("stages"),
    aside: at(passedOver, ".aside"),
    failed: at(passedOver, ".failed"),
    before: { aside: at("aside"), failed: at("failed") },
    testHistory: at("tests", "history.sqlite"),
    shards: at("tests", "shards"),
    tidied: at("cache", "tidied.json"),
    standing: at("cache", "standing"),
  };
}

/**
 * Linters, compilers and test runners walk the project while its tasks run, dot folders included, and would take outputs
 * that stand there for sources. None of them enters a folder of this name; with a dot, what is in it is no package's.
 */
export const passedOver = "node_modules";

/** Makes the folder, out of git's sight. Does nothing when it is there. @throws the system's error. */
export function prepareStateFolder(root: string): void {
  const ignore = join(root, ".gitignore");
  if (existsSync(ignore)) return;
  makeFolder(root);
  writeFileSync(ignore, "*\n", { mode: 0o600 });
}

/** Whether outputs stand aside, of a run that is under way or of one that was killed. As cheap as can be: every command asks. */
export function isAnythingAside({ aside, before }: Pick<PipelinePaths, "aside" | "before">): boolean {
  return holdsSomething(aside) || holdsSomething(before.aside);
}

function holdsSomething(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
