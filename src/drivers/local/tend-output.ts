import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isAlive } from "../../process/identity.ts";
import { treeMembers } from "../../process/tree.ts";
import { environmentFolder, type Home, type Kind, markOf, type ProcessName, processFolder } from "./home.ts";
import { foldersIn } from "./instances.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import { readRecord } from "./record.ts";
import { notePath, readNote } from "./spool-note.ts";

const kinds: readonly Kind[] = ["instances", "jobs"];
const lookEveryMs = 200;
/** Whether a process has ended is looked at less often than what it wrote. */
const looksPerEndCheck = 5;

/**
 * Takes over what all processes of the state folder write, also those of an earlier driver, until aborted. What goes
 * wrong (a full disk, a state folder that was removed) is reported, and tried again: once for each time it begins.
 */
export async function tendOutput(
  open: () => Home | undefined,
  keeper: OutputKeeper,
  report: (problem: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let isFailing = false;
  for (let look = 0; !signal.aborted; look++) {
    const home = open();
    try {
      if (look === 0 && home !== undefined) removeOrphans(home, keeper);
      if (home !== undefined) await lookAtAll(home, keeper, look % looksPerEndCheck === 0);
      isFailing = false;
    } catch (error) {
      if (!isFailing) report(error);
      isFailing = true;
    }
    await wait(lookEveryMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

async function lookAtAll(home: Home, keeper: OutputKeeper, isEndCheck: boolean): Promise<void> {
  for (const name of spooled(home)) {
    await keeper.take(home, name);
    if (isEndCheck && isOver(home, name)) await keeper.finish(home, name);
  }
}

/** Everything that has a spool. */
function spooled(home: Home): ProcessName[] {
  return kinds.flatMap((kind) =>
    foldersIn(join(home.folder, kind)).flatMap((environment) =>
      foldersIn(environmentFolder(home, kind, environment))
        .filter((id) => existsSync(notePath(processFolder(home, kind, environment, id))))
        .map((id) => ({ kind, environment, id })),
    ),
  );
}

/** Whether nothing of the start that has the spool runs any more. */
function isOver(home: Home, { kind, environment, id }: ProcessName): boolean {
  const known = readRecord(home, kind, environment, id);
  const record = known.ok ? known.value : undefined;
  const note = readNote(processFolder(home, kind, environment, id));
  if (record === undefined || record.nonce !== note?.nonce || record.progress.state === "starting") return false;
  const { process } = record.progress;
  if (process !== null && isAlive(process)) return false;
  const mark = markOf(kind, environment, id, record.nonce);
  return treeMembers({ ...(process ?? { pid: 0, started: "" }), mark: `${mark.name}=${mark.value}` }).length === 0;
}

/** Spools of starts that nobody knows any more: their records were lost. Who still writes to one is not disturbed. */
function removeOrphans(home: Home, { folder }: OutputKeeper): void {
  if (folder === undefined || !existsSync(folder)) return;
  const notes = spooled(home).map(({ kind, environment, id }) => readNote(processFolder(home, kind, environment, id)));
  const known = new Set(notes.map((note) => note?.nonce));
  for (const name of readdirSync(folder)) if (!known.has(name)) rmSync(join(folder, name), { force: true });
}
