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

/** Whoever started it did not live to write down which process it is. */
function adopt(kind: Kind, record: ProcessRecord): RunningOrEnded {
  const mark = markOf(kind, record.environment, record.id, record.nonce);
  const process = findMarkedLeader(`${mark.name}=${mark.value}`);
  if (process !== undefined) return { state: "running", process };
  return { state: "ended", process: null, exit: { code: null, signal: null } };
}

/** An end that nobody saw is not written: the parent may be about to write how it was. */
function isNews(record: ProcessRecord, progress: RunningOrEnded, children: Children): boolean {
  if (progress.state === record.progress.state) return false;
  return progress.state === "running" || children.has(record.nonce);
}
