import { explainTask as explainRecord } from "../../../app/explain/explain-task.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import { type Context, portsOf } from "../../context.ts";
import { explanation } from "../../render/lines/explanation.ts";
import { reportFailures } from "../../render/report-failures.ts";

/** Says what was decided for a task in a run, or for all that share a name. */
export async function explainTask(context: Context, task: string, run: string): Promise<ExitCode> {
  const explained = await explainRecord(portsOf(context), { task, run });
  if (!explained.ok) return reportFailures(context, explained.failures);
  for (const { run, task, record, confinement } of explained.value) {
    const told = { type: "taskExplanation", run, task, ...record, ...(confinement && { confinement }) };
    if (context.json) context.stdout.write(`${JSON.stringify(told)}\n`);
    else context.stdout.write(`${explanation(task, run, record, confinement).join("\n")}\n`);
  }
  return exitCodes.done;
}
