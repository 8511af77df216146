import { readFileSync, readlinkSync } from "node:fs";
import { isAlive } from "../../process/identity.ts";
import { readMarks } from "../../process/mark.ts";
import { type ProcessRow, readProcessTable } from "../../process/process-row.ts";
import { selectTree } from "../../process/tree-members.ts";
import type { Beside, BesideLook } from "../inspection.ts";
import { isName } from "../names.ts";
import { copyPlace } from "./copies/copy-paths.ts";
import { environmentFolder, type Home, markName, scopeOf } from "./home.ts";
import { foldersIn } from "./instances.ts";
import { type ProcessRecord, readRecord } from "./record.ts";

/**
 * Looks through the processes of this machine for those that are of none of the environment's instances that run, by the records, and
 * bear the mark of one or work in one of its releases. What another user's process inherited is seen by root alone.
 */
export function lookBeside(home: Home, environment: string): BesideLook {
  if (process.platform !== "linux") return { found: [], unseen: "system" };
  const table = readProcessTable();
  const records = recordsOf(home, environment);
  const roots = records.flatMap(({ progress }) =>
    progress.state === "running" && isAlive(progress.process) ? [progress.process.pid] : [],
  );
  const self = withAncestors(table, process.pid);
  const own = new Set(roots.flatMap((pid) => [...selectTree(table, { pid }, () => false, process.pid).pids]));
  const others = table.filter(({ pid, ended }) => !ended && !own.has(pid) && !self.has(pid));
  const marks = readMarks(
    markName,
    others.map(({ pid }) => pid),
  );
  const idOf = markReader(home, environment, records);
  const { copies } = copyPlace(home, environment);
  const starting = new Set(records.filter(({ progress }) => progress.state === "starting").map(({ id }) => id));
  const adopting = new Set([1, ...roots.flatMap((pid) => [...withAncestors(table, pid)].filter((one) => one !== pid))]);
  const found = others.flatMap((row): (Beside & { readonly parent: number })[] => {
    const { pid, parent } = row;
    const [mark, argv] = [marks.get(pid), argvOf(pid)];
    const id = mark === undefined ? undefined : idOf(mark);
    if (argv === undefined || (id !== undefined && starting.has(id))) return [];
    if (id !== undefined) return [{ pid, id, argv, isLeft: adopting.has(parent), parent }];
    return mark === undefined && isInside(folderOf(pid), copies) ? [{ pid, argv, isLeft: false, parent }] : [];
  });
  // What one of them has started goes with it.
  const pids = new Set(found.map(({ pid }) => pid));
  return { found: found.filter(({ parent }) => !pids.has(parent)).map(({ parent: _, ...one }) => one) };
}

function recordsOf(home: Home, environment: string): ProcessRecord[] {
  return foldersIn(environmentFolder(home, "instances", environment)).flatMap((id) => {
    const known = readRecord(home, "instances", environment, id);
    return known.ok && known.value !== undefined ? [known.value] : [];
  });
}

/** The id in a mark of one of the environment's instances; a state that was moved has marks of where it was before. */
function markReader(home: Home, environment: string, records: readonly ProcessRecord[]) {
  const scopes = new Set([scopeOf(home), ...records.map(({ nonce }) => nonce.split("-")[0])]);
  return (mark: string): string | undefined => {
    const [kind, where, id, nonce] = mark.split("/");
    const isOne = kind === "instances" && where === environment && scopes.has(nonce?.split("-")[0]);
    return isOne && id !== undefined && isName(id) ? id : undefined;
  };
}

function withAncestors(table: readonly ProcessRow[], from: number): Set<number> {
  const parents = new Map(table.map((row) => [row.pid, row.parent]));
  const found = new Set<number>();
  for (let pid: number | undefined = from; pid !== undefined && !found.has(pid); pid = parents.get(pid)) found.add(pid);
  return found;
}

/** `undefined`: it has ended, or is none of a program's. */
function argvOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0+$/, "");
    return text === "" ? undefined : text.split("\0");
  } catch {
    return undefined;
  }
}

/** "" for what may not be seen. */
function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}
