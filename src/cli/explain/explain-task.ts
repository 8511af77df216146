import { dirname } from "node:path";
import { findDefinition } from "../../definition/find.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { ok, type Result } from "../../errors/result.ts";
import { readRun, type TaskRecord } from "../../pipeline/run-record.ts";
import type { Context } from "../context.ts";
import { readTask } from "../logs/task-log.ts";
import { openProject, stateFolderOf } from "../open-project.ts";
import { reportFailures } from "../report-failures.ts";
import { explanation } from "./explanation.ts";

/** Says what was decided for a task in a run, or for all that share a name: cells of a matrix, tasks of packages. */
export async function explainTask(context: Context, name: string, run: string): Promise<ExitCode> {
  const stateFolder = await stateFolderFor(context);
  if (!stateFolder.ok) return reportFailures(context, stateFolder.failures);
  const found = tasksNamed(stateFolder.value, run, name);
  if (!found.ok) return reportFailures(context, found.failures);
  const { run: number, tasks } = found.value;
  for (const [task, record] of tasks) {
    if (context.json) {
      context.stdout.write(`${JSON.stringify({ type: "taskExplanation", run: number, task, ...record })}\n`);
    } else context.stdout.write(`${explanation(task, number, record).join("\n")}\n`);
  }
  return exitCodes.done;
}

/** A run that was recorded can be explained whatever the definition is like now. */
async function stateFolderFor(context: Context): Promise<Result<string>> {
  const found = findDefinition(context.folder);
  if (found !== undefined) return ok(stateFolderOf(dirname(found)));
  const opened = await openProject(context);
  return opened.ok ? ok(opened.value.stateFolder) : opened;
}

interface Named {
  readonly run: string;
  readonly tasks: readonly (readonly [name: string, record: TaskRecord])[];
}

function tasksNamed(stateFolder: string, run: string, name: string): Result<Named> {
  const record = readRun(stateFolder, run);
  if (record.ok && !Object.hasOwn(record.value.tasks, name)) {
    const members = Object.entries(record.value.tasks).filter(([task]) => isOf(name, task));
    if (members.length > 0) return ok({ run: record.value.run, tasks: members });
  }
  const found = readTask(stateFolder, run, name);
  return found.ok ? ok({ run: found.value.record.run, tasks: [[name, found.value.task]] }) : found;
}

/** `test[node=20]` and `web#test` are of `test`. */
function isOf(name: string, task: string): boolean {
  return task.startsWith(`${name}[`) || task.endsWith(`#${name}`);
}
