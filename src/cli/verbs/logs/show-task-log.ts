import type { TaskLog } from "../../../app/logs/logs.ts";
import type { Context } from "../../context.ts";
import { safeColoredLine, safeLine } from "../../render/safe-text.ts";

/** Prints what a task wrote: byte for byte into a pipe, made harmless on a terminal, line by line as JSON. */
export function showTaskLog(context: Context, log: TaskLog, service: string | undefined): void {
  const { stdout, stderr, json } = context;
  // What ran beside the task is not part of what it wrote, and easily missed.
  if (stderr.isTTY)
    for (const other of log.services)
      stderr.write(`Its service ${other} wrote, too: tidegate logs ${log.task} --run ${log.run} --service ${other}\n`);
  if (!json && !stdout.isTTY) {
    stdout.write(log.bytes);
    return;
  }
  const of = { run: log.run, task: log.task, ...(service !== undefined && { service }) };
  for (const line of linesOf(log.bytes)) stdout.write(`${shown(context, of, line)}\n`);
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function shown(context: Context, of: object, line: string): string {
  if (context.json) return JSON.stringify({ type: "taskLog", ...of, text: line.replace(/\r$/, "") });
  return context.stdout.color ? safeColoredLine(line) : safeLine(line);
}
