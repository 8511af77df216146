import { randomBytes } from "node:crypto";
import { cpSync, existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { endAgent } from "../../agent/client/client.ts";
import { observer } from "../../agent/drivers.ts";
import { isOutdated } from "../../agent/outdated.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { type StatePaths, statePaths } from "../../files/state-paths.ts";
import { syncFolder } from "../../files/sync-folder.ts";
import { takeProcessLock } from "../../process/process-lock.ts";
import { actionAt } from "../../records/action.ts";
import { auditSigner } from "../../secrets/audit-key.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import { readArchive } from "../../state/archive.ts";
import { bringBackState } from "../../state/open-state.ts";
import { openStore } from "../../store/open.ts";
import { openProject, placeOf } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { whoAsks } from "../who-asks.ts";

export interface RestoreRequest {
  readonly file: string;
  readonly onProgress: (done: number, of: number) => void;
}

export interface RestoreDone {
  readonly stateFolder: string;
  /** When the backup was taken, in milliseconds since 1970. */
  readonly at: number;
  /** Where the store of before is kept; absent when there was none. */
  readonly aside?: string;
  /** What serves is newer than the backup: nothing is deployed before that is accepted. */
  readonly outdated?: Failure;
}

/**
 * Brings a state back to what a backup says, while what serves goes on. The backup is unpacked and looked through beside
 * the state first. Then files that the state does not have are added (what it has stays: it is newer, or the same), and
 * in one last step the store is replaced; the one of before is kept. Killed before that step nothing has changed, after
 * it everything has. What services keep is only brought back where there is none.
 */
export async function restoreState(ports: Ports, { file, onProgress }: RestoreRequest): Promise<Result<RestoreDone>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  return guardDisk(async () => {
    const from = resolve(ports.cwd, file);
    if (!existsSync(from)) return failed(noSuchFile(from));
    const found = await bringBackState(placeOf(opened.value, ports));
    if (!found.ok) return found;
    const stateFolder = found.value;
    const part = join(stateFolder, `restoring-${randomBytes(4).toString("hex")}`);
    try {
      const read = readArchive(from, part, onProgress);
      if (!read.ok) return read;
      const sound = await lookThrough(part);
      if (!sound.ok) return sound;
      const noted = await noteRestore(ports, stateFolder, part, read.value.at);
      if (!noted.ok) return noted;
      const replaced = await replace(stateFolder, part, ports.now());
      if (!replaced.ok) return replaced;
      const outdated = await outdatedNow(stateFolder);
      if (!outdated.ok) return outdated;
      const aside = replaced.value;
      return ok({
        stateFolder,
        at: read.value.at,
        ...(aside && { aside }),
        ...(outdated.value && { outdated: outdated.value }),
      });
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  });
}

async function lookThrough(part: string): Promise<Result<void>> {
  const store = await openStore(statePaths(part).database);
  if (!store.ok) return store;
  const problems = await store.value.check();
  await store.value.close();
  if (!problems.ok) return problems;
  if (problems.value.length > 0) return failed(unsound(problems.value));
  asOneFile(statePaths(part).database);
  return ok();
}

/** The log that is brought back says that it was: what the one of before had in addition is in that one alone. */
async function noteRestore(ports: Ports, stateFolder: string, part: string, from: number): Promise<Result<void>> {
  const key = [join(part, "key"), join(stateFolder, "key")].find(existsSync) ?? join(part, "key");
  const { database } = statePaths(part);
  const store = await openStore(database, { sign: auditSigner(() => readProjectKey(key)) });
  if (!store.ok) return store;
  const by = await whoAsks(ports.folder, ports.env);
  const action = actionAt(ports.now(), "restore-state", { by, details: { from } });
  const noted = await store.value.appendActions([action]);
  await store.value.close();
  if (noted.ok) asOneFile(database);
  return noted;
}

/** Resolves with where the store of before is kept. */
async function replace(stateFolder: string, part: string, now: number): Promise<Result<string | undefined>> {
  const paths = statePaths(stateFolder);
  const ended = await endAgent(stateFolder);
  if (!ended.ok) return ended;
  const lock = takeProcessLock(paths.agentLock);
  if (lock === undefined) return failed(busy);
  try {
    for (const name of ["blobs", "sealed", "instances", "gateway"])
      addMissing(join(part, name), join(stateFolder, name));
    bringBackData(statePaths(part), paths);
    const key = join(part, "key");
    if (existsSync(key)) renameSync(key, join(stateFolder, "key"));
    const { database } = paths;
    let aside: string | undefined;
    if (existsSync(database)) {
      aside = join(stateFolder, `before-restore-${new Date(now).toISOString().replaceAll(/[:.]/g, "-")}.db`);
      if (!asOneFile(database)) keepDamaged(database, aside);
      else linkSync(database, aside);
    }
    renameSync(statePaths(part).database, database);
    syncFolder(stateFolder);
    return ok(aside);
  } finally {
    lock.release();
  }
}

/** Brings what is in the log beside a database into it, and removes the log; false when it cannot be read. */
function asOneFile(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE");
    return true;
  } catch {
    return false;
  } finally {
    database?.close();
  }
}

function keepDamaged(database: string, aside: string): void {
  for (const end of ["-wal", "-shm", ""])
    if (existsSync(`${database}${end}`)) renameSync(`${database}${end}`, `${aside}${end}`);
}

/** Environment by environment: data that is there is not mixed with what it was. */
function bringBackData(from: StatePaths, to: StatePaths): void {
  const folder = join(from.folder, "environments");
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (existsSync(to.dataOf(name))) continue;
    makeFolder(dirname(to.dataOf(name)));
    renameOrCopy(from.dataOf(name), to.dataOf(name));
  }
}

function addMissing(from: string, to: string): void {
  if (!existsSync(from)) return;
  makeFolder(to);
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!existsSync(target)) renameOrCopy(source, target);
    else if (statSync(source).isDirectory() && statSync(target).isDirectory()) addMissing(source, target);
  }
}

function renameOrCopy(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    cpSync(from, to, { recursive: true });
  }
}

async function outdatedNow(stateFolder: string): Promise<Result<Failure | undefined>> {
  const store = await openStore(statePaths(stateFolder).database);
  if (!store.ok) return store;
  try {
    return await isOutdated({ stateFolder, store: store.value, driver: observer(stateFolder, store.value) });
  } finally {
    await store.value.close();
  }
}

function noSuchFile(path: string): Failure {
  return { code: "bad-arguments", message: `There is no file ${path}`, hint: "Name a file of: tidegate state backup" };
}

function unsound(problems: readonly string[]): Failure {
  return {
    code: "backup-damaged",
    message: "The backup is damaged; nothing was changed",
    cause: problems.join("\n"),
    hint: "Take another backup.",
  };
}

const busy = {
  code: "state-busy",
  message: "An agent is still using the state; nothing was changed",
  hint: "Try again. If the problem stays: tidegate doctor",
} as const;
