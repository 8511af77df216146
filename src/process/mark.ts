import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { identityOf, type ProcessIdentity } from "./identity.ts";
import { readProcessTable } from "./process-row.ts";

/**
 * Which processes inherited an environment entry: exactly this one (`NAME=value`, without spaces), or one that begins
 * so. A process that wrote over its environment (nginx and PostgreSQL do, to show a title) or dropped it is not found
 * this way.
 */
export function hasMark(mark: string | { readonly begins: string }): (pid: number) => boolean {
  if (typeof mark === "string") return environmentHolds((entry) => entry === mark);
  return environmentHolds((entry) => entry.startsWith(mark.begins));
}

function environmentHolds(test: (entry: string) => boolean): (pid: number) => boolean {
  if (process.platform === "linux") return (pid) => readEnvironment(pid).some(test);
  if (process.platform !== "darwin") return () => false;
  const environments = psEnvironments();
  return (pid) => (environments.get(pid) ?? []).some(test);
}

function readEnvironment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    // It ended, or belongs to another user.
    return [];
  }
}

/** What processes inherited for a name, by process number; those that have nothing of that name are left out. */
export function readMarks(name: string, pids: readonly number[]): ReadonlyMap<number, string> {
  const environments = process.platform === "darwin" ? psEnvironments() : undefined;
  const entries = (pid: number) => (environments === undefined ? readEnvironment(pid) : (environments.get(pid) ?? []));
  const found = pids.flatMap((pid) => {
    const entry = entries(pid).find((one) => one.startsWith(`${name}=`));
    return entry === undefined ? [] : [[pid, entry.slice(name.length + 1)] as const];
  });
  return new Map(found);
}

/**
 * macOS shows the environment only behind the command line. Taking the plain command line off first keeps a process
 * that merely names the mark in its arguments out.
 */
function psEnvironments(): Map<number, string[]> {
  const plain = psCommands([]);
  const environments = new Map<number, string[]>();
  for (const [pid, line] of psCommands(["-E"])) {
    const command = plain.get(pid);
    if (command !== undefined && line.startsWith(command)) environments.set(pid, line.slice(command.length).split(" "));
  }
  return environments;
}

function psCommands(options: readonly string[]): Map<number, string> {
  const argv = ["-A", ...options, "-ww", "-o", "pid=", "-o", "command="];
  const output = execFileSync("ps", argv, { encoding: "latin1", maxBuffer: 256 * 1024 * 1024 });
  const rows = output.split("\n").map((line) => /^\s*(\d+)\s(.*)$/.exec(line));
  return new Map(rows.filter((row) => row !== null).map((row) => [Number(row[1]), row[2]!.trimEnd()]));
}

/** The running process that has the mark and leads its group: the root of a tree whose number was not written down. */
export function findMarkedLeader(mark: string): ProcessIdentity | undefined {
  const marked = hasMark(mark);
  const leader = readProcessTable().find((row) => row.pid === row.group && !row.ended && marked(row.pid));
  return leader === undefined ? undefined : identityOf(leader.pid);
}
