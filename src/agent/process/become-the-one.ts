import { chmodSync, rmSync, statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import type { StatePaths } from "../../files/state-paths.ts";
import { isAlive } from "../../process/identity.ts";
import { type ProcessLock, takeProcessLock } from "../../process/process-lock.ts";
import { type AgentRecord, lookForAgent, readAgentRecord } from "../client/agent-record.ts";

/** The agent before may still be finishing: its gateway gives requests under way time to end. */
const limitMs = 20_000;

/**
 * The lock of the project's agent, once this is the only one that may act; nothing when another one answers. One that hangs
 * cannot give its lock back: it is taken another way, and the one that hung finds out when it wakes up (`watchState`). Until
 * it does, the tokens of the leases refuse whatever it goes on with.
 */
export async function becomeTheOne(paths: StatePaths): Promise<Result<ProcessLock | undefined>> {
  const deadline = performance.now() + limitMs;
  while (performance.now() < deadline) {
    const lock = takeLock(paths.agentLock);
    if (lock !== undefined) return ok(lock);
    const sighting = await lookForAgent(paths.folder);
    if (sighting.is === "answering") return ok(undefined);
    if (sighting.is === "hanging") {
      const taken = takeFrom(sighting.record, paths);
      if (taken !== undefined) return ok(taken);
    }
    await wait(20);
  }
  return failed({
    code: "agent-unreachable",
    message: `Another process holds ${paths.agentLock}, and no agent answers`,
    hint: `See which one it is, and end it: fuser -v ${shellWord(paths.agentLock)}`,
  });
}

/** The lock, if nobody has it. A file that somebody put in its place meanwhile is another lock. */
function takeLock(path: string): ProcessLock | undefined {
  const before = inodeOf(path);
  const lock = takeProcessLock(path);
  if (lock === undefined) return undefined;
  if (before !== undefined && inodeOf(path) !== before) {
    lock.release();
    return undefined;
  }
  chmodSync(path, 0o600);
  return lock;
}

/**
 * A new lock in the place of the one that an agent that hangs holds. One at a time, and only as long as the record is that
 * agent's: it goes with the lock, so that nobody takes the new lock for that of the one that hangs.
 */
function takeFrom(hanging: AgentRecord, { agentLock, agentRecord, folder }: StatePaths): ProcessLock | undefined {
  const turn = takeProcessLock(`${agentLock}.taking`);
  if (turn === undefined) return undefined;
  try {
    const record = readAgentRecord(folder);
    if (record?.pid !== hanging.pid || !isAlive(hanging)) return undefined;
    rmSync(agentRecord, { force: true });
    rmSync(agentLock, { force: true });
    return takeLock(agentLock);
  } finally {
    turn.release();
  }
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}
