import { setTimeout as wait } from "node:timers/promises";
import type { ProcessIdentity } from "../../process/identity.ts";
import { type AgentSighting, lookForAgent } from "./agent-record.ts";

/** So often it is looked, during a call, whether the agent still answers. */
const usualEveryMs = 5_000;

/**
 * Whether the agent was found hanging twice in a row, before what is waited for was over; or another one answers in its place while
 * the connection to it still stands.
 */
export async function untilHangs(
  stateFolder: string,
  { pid }: ProcessIdentity,
  { over, everyMs = usualEveryMs }: { readonly over: AbortSignal; readonly everyMs?: number },
): Promise<boolean> {
  for (let times = 0; times < 2; ) {
    await wait(everyMs, undefined, { signal: over, ref: false }).catch(() => {});
    if (over.aborted) return false;
    times = isAway(await lookForAgent(stateFolder), pid) ? times + 1 : 0;
  }
  return !over.aborted;
}

function isAway(sighting: AgentSighting, pid: number): boolean {
  if (sighting.is === "hanging") return sighting.record.pid === pid;
  return sighting.is === "answering" && sighting.agent.record.pid !== pid;
}
