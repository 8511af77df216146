import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import type { Context } from "../context.ts";
import { safeColoredLine, safeLine } from "../render/safe-text.ts";
import { reportFailures } from "../report-failures.ts";
import { readTask, readTaskLog } from "./task-log.ts";

export interface TaskLogCall {
  readonly stateFolder: string;
  readonly task: string;
  /** A run's number, or "last". */
  readonly run: string;
}

/** Prints what a task wrote: byte for byte into a pipe, made harmless on a terminal, line by line as JSON. */
export async function showTaskLog(context: Context, { stateFolder, task, run }: TaskLogCall): Promise<ExitCode> {
  const found = readTask(stateFolder, run, task);
  if (!found.ok) return reportFailures(context, found.failures);
  const log = await readTaskLog(stateFolder, task, found.value);
  if (!log.ok) return reportFailures(context, log.failures);
  if (!context.json && !context.stdout.isTTY) {
    context.stdout.write(log.value);
    return exitCodes.done;
  }
  for (const line of linesOf(log.value))
    context.stdout.write(`${shown(context, found.value.record.run, task, line)}\n`);
  return exitCodes.done;
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function shown(context: Context, run: string, task: string, line: string): string {
  if (context.json) return JSON.stringify({ type: "taskLog", run, task, text: line.replace(/\r$/, "") });
  return context.stdout.color ? safeColoredLine(line) : safeLine(line);
}
