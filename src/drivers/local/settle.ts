import { setTimeout as wait } from "node:timers/promises";
import { isAlive } from "../../process/identity.ts";
import { findMarkedLeader } from "../../process/mark.ts";
import type { Exit } from "../driver.ts";
import type { Children } from "./children.ts";
import { type Home, type Kind, markOf } from "./home.ts";
import { withLimit } from "./limits/limit-groups.ts";
import { isUnknown, type ProcessRecord, type RunningOrEnded, updateRecord } from "./record.ts";

/** What is true of a recorded process now. What is learnt for good is written down. */
export async function settle(
  home: Home,
  kind: Kind,
  record: ProcessRecord,
  children: Children,
): Promise<RunningOrEnded> {
  const progress = await look(kind, record, children);
  if (isNews(record, progress, children)) updateRecord(home, kind, { ...record, progress });
  return progress;
}

async function look(kind: Kind, record: ProcessRecord, children: Children): Promise<RunningOrEnded> {
  const { progress } = record;
  switch (progress.state) {
    case "ended":
      // Somebody else may have noted the end of what is a child of this process.
      return isUnknown(progress.exit) ? { ...progress, exit: await exitOf(record, children) } : progress;
    case "running":
      if (isAlive(progress.process)) return progress;
      return { state: "ended", process: progress.process, exit: await exitOf(record, children) };
    case "starting":
      return adopt(kind, record);
  }
}

/** How it ended, as far as somebody saw it or the system remembers it. */
async function exitOf(record: ProcessRecord, children: Children): Promise<Exit> {
  return withLimit(await children.exitOf(record.nonce), record.instance?.group);
}

/** How often, and after how many milliseconds each, it is looked for a process that may be about to come. */
const looks = 5;
const betweenMs = 40;
/** An intent that is older has been followed by its process, or never will be. */
const youngMs = 5_000;

/**
 * Whoever started it did not live to write down which process it is. Killed at that very moment it leaves a process that has
 * its mark only a moment later, once it is the program that it is to be: of a young intent it is not said at once that none came.
 */
async function adopt(kind: Kind, record: ProcessRecord): Promise<RunningOrEnded> {
  const mark = markOf(kind, record.environment, record.id, record.nonce);
  const isYoung = Math.abs(Date.now() - record.startedAt) < youngMs;
  for (let look = 1; ; look += 1) {
    const process = findMarkedLeader(`${mark.name}=${mark.value}`);
    if (process !== undefined) return { state: "running", process };
    if (!isYoung || look === looks) return { state: "ended", process: null, exit: { code: null, signal: null } };
    await wait(betweenMs);
  }
}

/** An end that nobody saw is not written: the parent may be about to write how it was. */
function isNews(record: ProcessRecord, progress: RunningOrEnded, children: Children): boolean {
  if (progress.state === record.progress.state) return false;
  return progress.state === "running" || children.has(record.nonce);
}
