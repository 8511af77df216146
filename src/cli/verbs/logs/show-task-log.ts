import { readServiceLog, readTask, readTaskLog, serviceLogs } from "../../../app/logs/task-log.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import type { Context } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeColoredLine, safeLine } from "../../render/safe-text.ts";

export interface TaskLogCall {
  readonly checkoutFolder: string;
  readonly task: string;
  /** A run's number, or "last". */
  readonly run: string;
  /** A service that ran beside it; without it, the task itself. */
  readonly service?: string | undefined;
}

/** Prints what a task wrote: byte for byte into a pipe, made harmless on a terminal, line by line as JSON. */
export async function showTaskLog(
  context: Context,
  { checkoutFolder, task, run, service }: TaskLogCall,
): Promise<ExitCode> {
  const found = readTask(checkoutFolder, run, task);
  if (!found.ok) return reportFailures(context, found.failures);
  const { record } = found.value;
  const log =
    service === undefined
      ? await readTaskLog(checkoutFolder, task, found.value)
      : readServiceLog(checkoutFolder, task, service, record.run);
  if (!log.ok) return reportFailures(context, log.failures);
  if (service === undefined && context.stderr.isTTY) tellOfServices(context, checkoutFolder, task, record.run);
  if (!context.json && !context.stdout.isTTY) {
    context.stdout.write(log.value);
    return exitCodes.done;
  }
  for (const line of linesOf(log.value))
    context.stdout.write(
      `${shown(context, { run: record.run, task, ...(service !== undefined && { service }) }, line)}\n`,
    );
  return exitCodes.done;
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** What ran beside the task is not part of what it wrote, and easily missed. */
function tellOfServices({ stderr }: Context, checkoutFolder: string, task: string, run: string): void {
  for (const service of serviceLogs(checkoutFolder, task, run))
    stderr.write(`Its service ${service} wrote, too: tidegate logs ${task} --run ${run} --service ${service}\n`);
}

function shown(context: Context, of: object, line: string): string {
  if (context.json) return JSON.stringify({ type: "taskLog", ...of, text: line.replace(/\r$/, "") });
  return context.stdout.color ? safeColoredLine(line) : safeLine(line);
}
