import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { endAgent } from "../agent/client/client.ts";
import { linkedFolders, movedFromFile } from "../agent/runtime/old-links.ts";
import { claimRuntimeFolder, findRuntimeFolder, realPath } from "../agent/runtime/runtime-folder.ts";
import { instancesLeftBy } from "../drivers/local/left-running.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { readIfThere } from "../files/read-if-there.ts";
import { statePaths } from "../files/state-paths.ts";
import { syncFolder } from "../files/sync-folder.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";
import { takeProcessLock } from "../process/process-lock.ts";

export type Moved =
  /** `hadAgent`: one looked after what runs, and had to end; whoever moved the state starts another one. */
  { readonly is: "moved"; readonly hadAgent: boolean } | { readonly is: "stays" };

/**
 * Moves what a version before kept in `.tidegate` to the state folder, while it serves. Killed at any moment, it is
 * gone on with by the next command: each entry is in the one folder or in the other, renamed in one step, and the
 * state's own record says `movingFrom` until all of them are over. Nobody opens the database meanwhile: every command
 * goes on with the move first, and its three files come last.
 *
 * What serves notices nothing. Instances keep their open files and their working folder, which are the same on the
 * disk; what they and the gateway of before open by its old path (data, releases, routes) is found behind a link that
 * takes the place of the folder in the next system call. The agent puts these links back when somebody cleans the
 * checkout, until the last instance has ended that was started before the move.
 *
 * Across file systems nothing can be renamed, and what is being written to cannot be copied: then `stays` is the
 * answer as long as something runs, and the state is used where it is.
 */
export async function moveOldState(
  old: string,
  stateFolder: string,
  onStep: (step: string) => void = () => {},
): Promise<Result<Moved>> {
  const isNear = statSync(old).dev === statSync(stateFolder).dev;
  const runtime = findRuntimeFolder(old);
  if (!isNear && instancesLeftBy(realPath(old)).length > 0) return ok({ is: "stays" });
  onStep("begin");
  const ended = await endAgent(old);
  if (!ended.ok) return ended;
  const lock = takeProcessLock(statePaths(old).agentLock);
  if (lock === undefined) return failed(busy(statePaths(old).agentLock));
  try {
    if (runtime !== undefined) {
      claimRuntimeFolder(runtime, stateFolder);
      onStep("runtime claimed");
      writeFileAtomic(statePaths(stateFolder).runtimeRecord, `${runtime}\n`);
      onStep("runtime recorded");
    }
    const key = readIfThere(join(old, "key"));
    // The cache goes on with its own.
    if (key !== undefined && !existsSync(join(stateFolder, "key"))) writeFileAtomic(join(stateFolder, "key"), key);
    onStep("key");
    writeFileAtomic(join(stateFolder, movedFromFile), `${realPath(old)}\n`);
    for (const name of entriesOf(old)) {
      const move = { from: join(old, name), to: join(stateFolder, name), isLinked: linked.has(name) };
      if (isNear) rename(move, onStep);
      else copyOver(move, onStep);
      onStep(name);
    }
    for (const folder of [stateFolder, old]) syncFolder(folder);
    leaveNotice(old, stateFolder, onStep);
    return ok({ is: "moved", hadAgent: ended.value });
  } finally {
    lock.release();
  }
}

/** Whether there is a state of a version before, or the rest of one. */
export function hasOldState(checkoutFolder: string): boolean {
  return existsSync(statePaths(checkoutFolder).database) && !existsSync(join(checkoutFolder, noticeName));
}

/** In the checkout: where the state is now. Beside it is a database that every version before refuses as newer. */
const noticeName = "moved";

/** What was opened by its path, and is by what runs. */
const linked = new Set<string>(linkedFolders);
/** In this order; the database last, behind what belongs to it. */
const entries = [
  "environments",
  "releases",
  "gateway",
  "sealed",
  "instances",
  "jobs",
  "blobs",
  "agent.log",
  "agent.log.1",
  "gateway.log",
  "state.db-shm",
  "state.db-wal",
  "state.db",
];

function entriesOf(old: string): readonly string[] {
  // Somebody set a damaged one aside: it goes along.
  const more = readdirSync(old).filter((name) => name.startsWith("state.db.") || name.startsWith("agent.log."));
  return [...new Set([...more, ...entries])];
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly isLinked: boolean;
}

function rename({ from, to, isLinked }: Move, onStep: (step: string) => void): void {
  const link = `${from}.link`;
  if (isLinked) {
    rmSync(link, { force: true });
    symlinkSync(to, link);
    onStep(`${from}: link`);
  }
  const isThere = statSync(from, { throwIfNoEntry: false }) !== undefined && realPath(from) !== realPath(to);
  if (isThere && !existsSync(to)) renameSync(from, to);
  if (!isLinked) return;
  if (existsSync(to) && !existsSync(from)) renameSync(link, from);
  rmSync(link, { force: true });
}

/** Nothing runs: whole or not at all, and what is over is removed last. */
function copyOver({ from, to }: Move, onStep: (step: string) => void): void {
  if (!existsSync(from)) return;
  if (!existsSync(to)) {
    const part = `${to}.part`;
    rmSync(part, { recursive: true, force: true });
    cpSync(from, part, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    onStep(`${to}: copied`);
    renameSync(part, to);
  }
  onStep(`${to}: there`);
  rmSync(from, { recursive: true, force: true });
}

function leaveNotice(old: string, stateFolder: string, onStep: (step: string) => void): void {
  writeFileSync(join(old, noticeName), `The state of this project is in ${stateFolder}\n`, { mode: 0o600 });
  onStep("notice");
  for (const name of ["agent.json", "runtime"]) rmSync(join(old, name), { force: true });
  const { database } = statePaths(old);
  if (existsSync(database)) return;
  const part = `${database}.part`;
  rmSync(part, { force: true });
  const refused = new DatabaseSync(part);
  refused.exec("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)");
  refused.exec("INSERT INTO meta VALUES ('schema', '1000000')");
  refused.close();
  renameSync(part, database);
}

function busy(path: string) {
  return {
    code: "state-busy",
    message: "The state of this project should be moved out of the checkout, but an agent is still using it",
    hint: `Try again. If the problem stays, see which process it is: fuser -v ${shellWord(path)}`,
  } as const;
}
