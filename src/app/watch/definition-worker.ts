import { parentPort, workerData } from "node:worker_threads";
import { pipelineAlone } from "../../definition/secret-variables.ts";
import { failureOfThrow } from "../boundary.ts";
import { openProject } from "../open-project.ts";
import type { LoadedPart, WorkerTask } from "./load-anew.ts";

/**
 * Loads a definition in a thread of its own: modules are imported once per thread, so that a changed definition, and all
 * that it imports, is read as it is now. What is given back is the part that is plain data.
 */
async function load({ folder, env }: WorkerTask): Promise<LoadedPart> {
  try {
    const opened = await openProject({ folder });
    if (!opened.ok) return opened;
    const { project, file, folder: projectFolder, checkoutFolder } = opened.value;
    const plain = pipelineAlone(project);
    return { ok: true, value: { project: plain, file, folder: projectFolder, checkoutFolder } };
  } catch (error) {
    return { ok: false, failures: [failureOfThrow(error, "load the definition", env)] };
  }
}

parentPort?.postMessage(await load(workerData as WorkerTask));
