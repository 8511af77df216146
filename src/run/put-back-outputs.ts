import { randomBytes } from "node:crypto";
import { isSomethingLeft, putBackLeft } from "../cache/outputs/put-back.ts";
import { acquireRunLock } from "../cache/runs/run-lock.ts";
import { fileFailure } from "../files/file-failure.ts";
import { pipelinePaths } from "../files/state-folder.ts";
import { markPrefix } from "../inputs/environment.ts";
import { endLeftovers } from "../runner/leftovers.ts";

/**
 * Puts back what a killed run had set aside, after everything that it started has been ended. Does nothing while another
 * run of the project is under way, which has done so itself, and where the disk takes nothing: who has to write says so.
 */
export async function putBackOutputs(projectFolder: string, stateFolder: string): Promise<void> {
  const paths = pipelinePaths(stateFolder);
  const folders = [paths.aside, paths.before.aside].filter((folder) => isSomethingLeft(folder));
  if (folders.length === 0) return;
  const busy = new AbortController();
  try {
    const lock = await acquireRunLock({
      runningFolder: paths.running,
      markName: `${markPrefix}${randomBytes(8).toString("hex")}`,
      environment: {},
      signal: busy.signal,
      onWaiting: () => busy.abort(),
    });
    if (lock === undefined) return;
    try {
      await endLeftovers(stateFolder);
      for (const folder of folders) putBackLeft(folder, projectFolder);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (fileFailure(error) === undefined) throw error;
  }
}
