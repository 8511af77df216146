import { identityOf, type ProcessIdentity } from "./identity.ts";
import { hasMark } from "./mark.ts";
import { readProcessTable } from "./process-row.ts";

/** The running process that has the mark and leads its group: the root of a tree whose number was not written down. */
export function findMarkedLeader(mark: string): ProcessIdentity | undefined {
  const marked = hasMark(mark);
  const leader = readProcessTable().find((row) => row.pid === row.group && !row.ended && marked(row.pid));
  return leader === undefined ? undefined : identityOf(leader.pid);
}
