import * as v from "valibot";
import type { Confinement } from "../../cache/entries/confinement.ts";
import { cacheBlobs, ResultCache } from "../../cache/entries/result-cache.ts";
import type { Fingerprint } from "../../cache/fingerprint/fingerprint.ts";
import { readRun, type TaskRecord } from "../../cache/runs/run-record.ts";
import { findDefinition } from "../../definition/load/find.ts";
import { describeIssues } from "../../errors/describe-issues.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { pipelinePaths } from "../../files/state-folder.ts";
import { checkoutFolderOf } from "../../files/state-paths.ts";
import { openCacheKey } from "../../secrets/cache-key.ts";
import { readTask } from "../logs/task-log.ts";
import { openProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { taskRecordSchema } from "./task-record-schema.ts";

/** A record is a file that may be damaged, or written by another version. */
function unreadableRecord(task: string, run: string, record: unknown): Failure | undefined {
  const checked = v.safeParse(taskRecordSchema, record);
  if (checked.success) return undefined;
  return {
    code: "state-damaged",
    message: `The record of "${task}" in run ${run} cannot be read: it is damaged, or was written by another version`,
    cause: describeIssues(checked.issues),
    hint: `Its output may still be there: tidegate logs ${shellWord(task)} --run ${run}`,
  };
}

/** Of the result that was made or found, as long as the cache has it. */
function confinementOf(
  checkoutFolder: string,
  { env }: Pick<Ports, "env">,
  { result, fingerprint }: TaskRecord,
): Confinement | undefined {
  const isCached = result.result === "hit" || (result.result === "succeeded" && result.cache.stored);
  if (!isCached || fingerprint === undefined || !/^sha256:[0-9a-f]{64}$/.test(fingerprint)) return undefined;
  const paths = pipelinePaths(checkoutFolder);
  const found = new ResultCache(paths, cacheBlobs(paths), openCacheKey(env).key).find(fingerprint as Fingerprint);
  return found.found === "entry" ? found.entry.confinement : undefined;
}

interface Named {
  readonly run: string;
  readonly tasks: readonly (readonly [name: string, record: TaskRecord])[];
}

function tasksNamed(checkoutFolder: string, run: string, name: string): Result<Named> {
  const record = readRun(checkoutFolder, run);
  if (record.ok && !Object.hasOwn(record.value.tasks, name)) {
    const members = Object.entries(record.value.tasks).filter(([task]) => isOf(name, task));
    if (members.length > 0) return ok({ run: record.value.run, tasks: members });
  }
  const found = readTask(checkoutFolder, run, name);
  return found.ok ? ok({ run: found.value.record.run, tasks: [[name, found.value.task]] }) : found;
}

/** `test[node=20]`, `web#test` and `web#test[shard=1]` are of `test`. */
function isOf(name: string, task: string): boolean {
  return task.startsWith(`${name}[`) || task.endsWith(`#${name}`) || task.includes(`#${name}[`);
}

export interface ExplainTaskRequest {
  readonly task: string;
  /** A run's number, or "last". */
  readonly run: string;
}

/** What was decided for a task in a run, and what became of it. */
export interface TaskExplanation {
  readonly run: string;
  readonly task: string;
  readonly record: TaskRecord;
  /** Of its result, as long as the cache has it. */
  readonly confinement?: Confinement;
}

/** Says what was decided for a task in a run, or for all that share a name: cells of a matrix, tasks of packages. */
export async function explainTask(
  ports: Pick<Ports, "folder" | "env">,
  { task: name, run }: ExplainTaskRequest,
): Promise<Result<TaskExplanation[]>> {
  const folder = await checkoutFolderFor(ports);
  if (!folder.ok) return folder;
  const found = tasksNamed(folder.value, run, name);
  if (!found.ok) return found;
  const { run: number, tasks } = found.value;
  const unreadable = tasks.flatMap(([task, record]) => unreadableRecord(task, number, record) ?? []);
  if (unreadable.length > 0) return failed(...unreadable);
  return ok(
    tasks.map(([task, record]) => {
      const confinement = confinementOf(folder.value, ports, record);
      return { run: number, task, record, ...(confinement && { confinement }) };
    }),
  );
}

/** A run that was recorded can be explained whatever the definition is like now. */
async function checkoutFolderFor(ports: Pick<Ports, "folder">): Promise<Result<string>> {
  const found = findDefinition(ports.folder);
  if (found !== undefined) return ok(checkoutFolderOf(found.folder));
  const opened = await openProject(ports);
  return opened.ok ? ok(opened.value.checkoutFolder) : opened;
}
