import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, vi } from "vitest";
import { isAlive, type ProcessIdentity } from "../../src/process/identity.ts";
import { type TreeRoot, treeMembers } from "../../src/process/tree.ts";
import { removeTree } from "../support/remove-tree.ts";

/** A tree of real processes, and the folder in which they write their numbers. */
export interface Tree extends TreeRoot {
  readonly folder: string;
  readonly child: ChildProcess;
}

const trees: Tree[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const tree of trees.splice(0)) killAll(treeMembers(tree));
  for (const folder of folders.splice(0)) {
    killAll(writtenPids(folder).map((pid) => ({ pid, started: "" })));
    removeTree(folder);
  }
});

function killAll(members: readonly ProcessIdentity[]): void {
  for (const { pid } of members) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidegate process ü-"));
  folders.push(folder);
  return folder;
}

/** Starts a shell script in its own group, marked; `$PIDS` is a folder for files named after process numbers. */
export function plantTree(script: string, file = "/bin/sh"): Tree {
  const folder = temporaryFolder();
  const mark = `TIDEGATE_TEST=${randomBytes(8).toString("hex")}`;
  const [name = "", value = ""] = mark.split("=");
  const env = { PATH: process.env.PATH, PIDS: folder, [name]: value };
  const child = spawn(file, ["-c", script], { detached: true, stdio: "ignore", env });
  const tree = { pid: child.pid!, mark, folder, child };
  trees.push(tree);
  return tree;
}

/** The processes that wrote their number, once there are `count`. */
export function written(tree: Tree, count: number): Promise<number[]> {
  return eventually(() => {
    const pids = writtenPids(tree.folder);
    if (pids.length < count) throw new Error(`${pids.length} of ${count} have started`);
    return pids;
  });
}

function writtenPids(folder: string): number[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
    : [];
}

export function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 120_000, interval: 10 });
}

/** Whether a process with that number runs; a zombie does not. */
export function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

export { isAlive };
