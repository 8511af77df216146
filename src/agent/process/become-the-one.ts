import { chmodSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import type { StatePaths } from "../../files/state-paths.ts";
import { type ProcessLock, takeProcessLock } from "../../process/process-lock.ts";
import { hangingAgent, lookForAgent } from "../client/agent-record.ts";

/** The agent before may still be finishing: its gateway gives requests under way time to end. */
const limitMs = 20_000;

/** The lock of the project's agent, once this is the only one; nothing when another one answers. */
export async function becomeTheOne(paths: StatePaths): Promise<Result<ProcessLock | undefined>> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    const lock = takeProcessLock(paths.agentLock);
    if (lock !== undefined) {
      chmodSync(paths.agentLock, 0o600);
      return ok(lock);
    }
    const sighting = await lookForAgent(paths.folder);
    if (sighting.is === "answering") return ok(undefined);
    if (sighting.is === "hanging") return failed(hangingAgent(sighting.record));
    await wait(20);
  }
  return failed({
    code: "agent-unreachable",
    message: `Another process holds ${paths.agentLock}, and no agent answers`,
    hint: `See which one, and end it: fuser -v ${shellWord(paths.agentLock)}`,
  });
}
