import { setTimeout as wait } from "node:timers/promises";
import { isAlive, type ProcessIdentity, startOf } from "./identity.ts";
import { hasMark } from "./mark.ts";
import { readProcessTable } from "./process-row.ts";
import { selectTree } from "./tree-members.ts";

/**
 * A tree is found by three marks, so that a process that left its parent, its group or its session is still found:
 * the group of the root, its descendants, and an environment variable that children inherit. Only one that left the
 * group, lost its parent and dropped the environment is not.
 */
export interface TreeRoot {
  /** Leader of its own process group (spawned `detached`). May have ended already. */
  readonly pid: number;
  /**
   * From the root's identity; needed when the caller read the number somewhere, because it may be somebody else's
   * by now. May be left out by who spawned the root and saw it end just now.
   */
  readonly started?: string;
  /** An environment entry that only this tree has, such as `TIDEGATE_PROCESS=…/d3-web-1/5f0c…`, or how it begins. */
  readonly mark: string | { readonly begins: string };
}

/**
 * `asked`: SIGTERM was enough; `killed`: it was not; `gone`: there was nothing to end; `survived`: something runs on
 * though it was killed (it hangs in the kernel, or belongs to another user).
 */
export type TreeEnd = "asked" | "killed" | "gone" | "survived";

/** How long the system gets to end what was killed. */
const killLimitMs = 5_000;
/** The same for somebody who waits at the keyboard. */
const killNowLimitMs = 1_000;

/** Every running process of the tree, the root included; never this process nor one that started it. */
export function treeMembers(root: TreeRoot): ProcessIdentity[] {
  return look(root).members;
}

/**
 * Ends a whole tree: asks (SIGTERM), waits up to `graceMs`, kills what is left until nothing is. Processes that appear
 * meanwhile are ended too. Ending what is gone is a success. Where `mayGoOn` says no, what bears the mark by now is
 * somebody else's, and is left: `survived`.
 */
export async function endTree(root: TreeRoot, graceMs: number, mayGoOn: () => boolean = () => true): Promise<TreeEnd> {
  const { members } = look(root);
  if (members.length === 0) return "gone";
  if (graceMs > 0 && (await ask({ root, mayGoOn }, members, performance.now() + graceMs))) return "asked";
  return (await kill({ root, mayGoOn }, performance.now() + killLimitMs)) ? "killed" : "survived";
}

interface Ending {
  readonly root: TreeRoot;
  readonly mayGoOn: () => boolean;
}

/**
 * Kills a whole tree without giving way to anything else: for a process that is about to end itself. What cannot be
 * killed at once (it hangs in the kernel) is left.
 */
export function killTreeNow(root: TreeRoot): void {
  const deadline = performance.now() + killNowLimitMs;
  for (let left = look(root); left.members.length > 0 && performance.now() < deadline; left = look(root))
    killOnce(root, left);
}

/** Whether the tree ended by itself before the deadline. */
async function ask({ root, mayGoOn }: Ending, first: readonly ProcessIdentity[], deadline: number): Promise<boolean> {
  let asked = first;
  signalAll(asked, "SIGTERM");
  while (performance.now() < deadline) {
    await wait(20);
    // What is looked at often are those asked; the whole table is read once they are gone. Whoever they left behind
    // may be what tidies up after them, and is asked only then.
    if (asked.some(isAlive)) continue;
    if (!mayGoOn()) return false;
    asked = look(root).members;
    if (asked.length === 0) return true;
    signalAll(asked, "SIGTERM");
  }
  return false;
}

/** Whether the tree is gone before the deadline. */
async function kill({ root, mayGoOn }: Ending, deadline: number): Promise<boolean> {
  for (;;) {
    const left = look(root);
    if (left.members.length === 0) return true;
    if (performance.now() >= deadline || !mayGoOn()) return false;
    killOnce(root, left);
    await wait(10);
  }
}

/** One signal for the whole group leaves no moment to fork in; those outside it are outrun one by one. */
function killOnce(root: TreeRoot, { members, ownGroup }: Look): void {
  if (ownGroup) send(-root.pid, "SIGKILL");
  signalAll(members, "SIGKILL");
}

interface Look {
  readonly members: ProcessIdentity[];
  readonly ownGroup: boolean;
}

function look(root: TreeRoot): Look {
  const table = readProcessTable().map((row) => ({ ...row, started: startOf(row.started) }));
  const { pids, ownGroup } = selectTree(table, root, hasMark(root.mark), process.pid);
  const members = table.filter((row) => pids.has(row.pid)).map(({ pid, started }) => ({ pid, started }));
  return { members, ownGroup };
}

function signalAll(members: readonly ProcessIdentity[], signal: "SIGTERM" | "SIGKILL"): void {
  for (const member of members) {
    if (!isAlive(member)) continue;
    send(member.pid, signal);
    // A stopped process hears nothing until it goes on.
    if (signal === "SIGTERM") send(member.pid, "SIGCONT");
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal, or belongs to another user.
  }
}
