import * as v from "valibot";
import { identityOf, isAlive } from "../../process/identity.ts";

const identity = v.object({ pid: v.number(), started: v.string() });

/** The name under which this process holds leases: its identity, so that others can tell whether it still lives. */
export function ownHolderName(): string {
  return JSON.stringify(identityOf(process.pid));
}

/** Whether the holder of that name cannot act any more. One that no agent could have written cannot either. */
export function isHolderGone(holder: string): boolean {
  try {
    return !isAlive(v.parse(identity, JSON.parse(holder)));
  } catch {
    return true;
  }
}
