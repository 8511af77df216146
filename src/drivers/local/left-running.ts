import { readMarks } from "../../process/mark.ts";
import { readProcessTable } from "../../process/process-row.ts";
import { markName, scopeOf } from "./home.ts";

/** An instance that runs, found by what its processes inherited and not by any record. */
export interface FoundInstance {
  readonly environment: string;
  readonly id: string;
  /** Leads the group of all its processes. */
  readonly pid: number;
}

/**
 * The instances that were started from a state folder (its real path) which need not be there any more, with the
 * records of them. A process that wrote over its environment is not found, and one whose state was moved goes by the
 * folder that it was started from.
 */
export function instancesLeftBy(stateFolder: string): readonly FoundInstance[] {
  const leaders = readProcessTable().filter(({ pid, group, ended }) => pid === group && !ended);
  const marks = readMarks(
    markName,
    leaders.map(({ pid }) => pid),
  );
  const begin = `${scopeOf({ folder: stateFolder })}-`;
  return [...marks].flatMap(([pid, mark]) => {
    const [kind, environment, id, nonce] = mark.split("/");
    const isOne = kind === "instances" && nonce?.startsWith(begin);
    return isOne && environment !== undefined && id !== undefined ? [{ environment, id, pid }] : [];
  });
}
