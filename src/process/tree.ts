import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { identityOf, isAlive, type ProcessIdentity } from "./identity.ts";

/**
 * A tree is found by three marks, so that a process that left its parent, its group or its session is still found:
 * the group of the root, its descendants, and an environment variable that children inherit.
 */
export interface TreeRoot {
  /** Leader of its own process group (spawned `detached`). May have ended already. */
  readonly pid: number;
  /** An environment entry that only this tree has, such as `TIDEGATE_INSTANCE=d3-web-1`. */
  readonly mark: string;
}

/** Every running process of the tree, the root included. */
export function treeMembers(root: TreeRoot): ProcessIdentity[] {
  const table = processTable();
  const members = new Set<number>();
  for (const row of table) {
    const isMember = row.pid === root.pid || row.group === root.pid || hasMark(row.pid, root.mark);
    if (isMember) members.add(row.pid);
  }
  for (let grew = true; grew; ) {
    grew = false;
    for (const row of table) {
      if (!members.has(row.pid) && members.has(row.parent)) {
        members.add(row.pid);
        grew = true;
      }
    }
  }
  members.delete(process.pid);
  return [...members].map(identityOf).filter((member) => member !== undefined);
}

/**
 * Ends a whole tree: asks (SIGTERM), waits up to `graceMs`, kills what is left until nothing is.
 * Resolves with how it went; ending what is gone is a success.
 */
export async function endTree(root: TreeRoot, graceMs: number): Promise<"asked" | "killed" | "gone"> {
  let members = treeMembers(root);
  if (members.length === 0) return "gone";
  signalAll(members, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    // What is looked at often are the known members; the whole table is read once they are gone.
    if (!members.some(isAlive)) {
      members = treeMembers(root);
      if (members.length === 0) return "asked";
    }
    await wait(20);
  }
  for (members = treeMembers(root); members.length > 0; members = treeMembers(root)) {
    signalAll(members, "SIGKILL");
    await wait(10);
  }
  return "killed";
}

function signalAll(members: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const member of members) {
    try {
      if (isAlive(member)) process.kill(member.pid, signal);
    } catch {
      // It ended between the look and the signal, or belongs to somebody else.
    }
  }
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

function processTable(): ProcessRow[] {
  return process.platform === "linux" ? linuxTable() : psTable();
}

function linuxTable(): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state !== "Z" && state !== "X")
        rows.push({ pid: Number(name), parent: Number(parent), group: Number(group) });
    } catch {
      // It ended while the table was read.
    }
  }
  return rows;
}

function psTable(): ProcessRow[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,pgid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid = 0, parent = 0, group = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, parent, group };
  });
}

function hasMark(pid: number, mark: string): boolean {
  if (process.platform !== "linux") return false;
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    return environment.startsWith(`${mark}\0`) || environment.includes(`\0${mark}\0`);
  } catch {
    return false;
  }
}
