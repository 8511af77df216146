import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { BlobDigest } from "../../blobs/blob-store.ts";
import { cacheBlobs } from "../../cache/entries/result-cache.ts";
import { serviceLogName } from "../../cache/entries/task-file.ts";
import { type RunRecord, readRun, type TaskRecord } from "../../cache/runs/run-record.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { pipelinePaths } from "../../files/state-folder.ts";
import { unknownTask } from "../unknown-task.ts";

export interface RecordedTask {
  readonly record: RunRecord;
  readonly task: TaskRecord;
}

/** What is recorded of a task in a run, or in the last one ("last"). */
export function readTask(checkoutFolder: string, run: string, name: string): Result<RecordedTask> {
  const found = readRun(checkoutFolder, run);
  if (!found.ok) return found;
  const record = found.value;
  const task = Object.hasOwn(record.tasks, name) ? record.tasks[name] : undefined;
  if (task !== undefined) return ok({ record, task });
  const names = Object.keys(record.tasks);
  const failure = unknownTask(name, names);
  return failed({ ...failure, message: `Run ${record.run} had no task "${name}"` });
}

/** All that a task wrote in a run; of a hit, what it wrote when it was run. */
export async function readTaskLog(
  checkoutFolder: string,
  name: string,
  found: RecordedTask,
): Promise<Result<Uint8Array>> {
  const { log } = found.task;
  const paths = pipelinePaths(checkoutFolder);
  if (log === undefined) return failed(noLog(name, found));
  if ("blob" in log) {
    const bytes = await cacheBlobs(paths).read(log.blob as BlobDigest);
    if (!bytes.ok) return bytes;
    return bytes.value === undefined ? failed(lostLog(name, found)) : ok(bytes.value);
  }
  return readLogFile(join(paths.runs, found.record.run), log.file) ?? failed(lostLog(name, found));
}

/** All that a service beside a task wrote in a run. A hit had none: nothing of the task was run. */
export function readServiceLog(checkoutFolder: string, name: string, service: string, run: string): Result<Uint8Array> {
  const folder = join(pipelinePaths(checkoutFolder).runs, run);
  const there = serviceLogs(checkoutFolder, name, run);
  const log = there.includes(service) ? readLogFile(folder, serviceLogName(name, service)) : undefined;
  return log ?? failed(noService(name, service, run, there));
}

/** The services whose output there is of a task in a run; sorted. */
export function serviceLogs(checkoutFolder: string, name: string, run: string): string[] {
  const [before = "", after = ""] = serviceLogName(name, "\0").split("\0");
  try {
    const files = readdirSync(join(pipelinePaths(checkoutFolder).runs, run));
    const own = files.filter((file) => file.startsWith(before) && file.endsWith(after));
    return own.map((file) => file.slice(before.length, -after.length)).sort();
  } catch {
    return [];
  }
}

function noService(name: string, service: string, run: string, there: readonly string[]): Failure {
  const message = `No service "${service}" of task "${name}" wrote anything in run ${run}`;
  if (there.length > 0) return { code: "unknown-run", message, hint: `There are: ${there.join(", ")}` };
  return { code: "unknown-run", message, hint: `Run the task again: tidegate run ${name} --force` };
}

/** The record is a file that anybody with this account may have edited: it names a file of the run's folder or none. */
function readLogFile(folder: string, name: string): Result<Uint8Array> | undefined {
  if (name.includes("/") || name.includes("\0") || !name.endsWith(".log")) return undefined;
  try {
    return ok(readFileSync(join(folder, name)));
  } catch {
    return undefined;
  }
}

function noLog(name: string, { record, task }: RecordedTask): Failure {
  const why = task.result.result === "open" ? "has not ended" : "did not run";
  const hint = `See why: tidegate explain ${name} --run ${record.run}`;
  return { code: "unknown-run", message: `Task "${name}" ${why} in run ${record.run}: it wrote nothing`, hint };
}

function lostLog(name: string, { record }: RecordedTask): Failure {
  const hint = `Run it again: tidegate run ${name} --force`;
  return { code: "unknown-run", message: `What task "${name}" wrote in run ${record.run} is no longer there`, hint };
}
