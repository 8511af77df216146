import type { Failure } from "../../errors/failure.ts";
import { endTree, type TreeEnd } from "../../process/tree.ts";
import { type Home, marksBegin, type ProcessName } from "./home.ts";
import type { ProcessRecord } from "./record.ts";

/**
 * Ends everything that was ever started under this id from this state folder: the recorded process with its tree, and
 * whatever has such a mark, also when the record is missing or damaged. `mayGoOn`: asked before anything is ended that appeared
 * meanwhile; see `endTree`.
 */
export function endAll(
  home: Home,
  name: ProcessName,
  record: ProcessRecord | undefined,
  graceMs: number,
  mayGoOn?: () => boolean,
): Promise<TreeEnd> {
  const begins = marksBegin(home, name, record?.nonce);
  // Without a recorded process there is no number to go by: 0 is nobody's.
  const root = (record?.progress.state !== "starting" && record?.progress.process) || { pid: 0, started: "" };
  return endTree({ ...root, mark: { begins } }, graceMs, mayGoOn);
}

/** What to say when something is still running although it was killed. */
export function survivedFailure(environment: string, id: string): Failure {
  return {
    code: "process-survived",
    message: `A process of ${id} in ${environment} is still running although it was killed`,
    cause: "It hangs in a system call (a disk or network that does not answer), or belongs to another user.",
    hint: "Find it with `ps -ef`, end it as the user that it belongs to, then run the command again.",
  };
}
