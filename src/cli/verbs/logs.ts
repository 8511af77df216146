import { isUtf8 } from "node:buffer";
import { changeLines } from "../../app/logs/change-lines.ts";
import { logs as findLogs, type InstanceLog, type TaskLog } from "../../app/logs/logs.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { type Context, portsOf } from "../context.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeColoredLine, safeLine } from "../render/safe-text.ts";
import { defineVerb } from "../verb.ts";

export const logs = defineVerb({
  name: "logs",
  summary: "Show what a task or a service wrote",
  usage: [
    "logs <task> [--run ID] [--service NAME] [--since TIME] [--grep TEXT]",
    "logs <environment> [--instance ID] [--lines N] [--follow] [--since TIME] [--grep TEXT]",
    "logs <service> [--lines N] [--follow] [--since TIME] [--grep TEXT]",
  ],
  description:
    "For a task that came from the cache, this is what it wrote when it ran. For an environment, it is the last lines of\n" +
    "each running instance, with secrets redacted. A name that is both means the task; say --instance or --follow then.\n" +
    "For a service, it is what its instances in all environments wrote, or what it wrote beside a task.\n" +
    "\n" +
    "For --since, a line's time is the one it begins with, or the time in its JSON; a line without one goes with the line\n" +
    "before it. Lines whose time is unknown are shown, and standard error mentions it.",
  examples: [
    { command: "tidegate logs test", explains: "everything that test wrote in the last run" },
    { command: "tidegate logs test --run 12 > test.log", explains: "the same of run 12, byte for byte" },
    { command: "tidegate logs test --service database", explains: "what the database that ran beside test wrote" },
    { command: "tidegate logs production --follow", explains: "what production's instances write, until Ctrl-C" },
    {
      command: "tidegate logs production --since 10m --grep error",
      explains: "lines with “error” from the last ten minutes",
    },
    { command: "tidegate logs web", explains: "what the service web wrote, wherever it runs" },
    { command: "tidegate logs production --instance d7-web-1", explains: "one instance, even if it has ended" },
  ],
  arguments: [{ name: "task", summary: "The task, the environment or the service that wrote it", required: true }],
  options: {
    run: { kind: "text", value: "ID", summary: "The run's number", default: "last" },
    service: { kind: "text", value: "NAME", summary: "What this service, which ran beside the task, wrote" },
    instance: { kind: "text", value: "ID", summary: "Only this instance, or the instances of this service" },
    lines: {
      kind: "number",
      value: "N",
      summary: "How many of the last lines",
      default: "100, with --since or --grep all that is kept",
    },
    since: { kind: "text", value: "TIME", summary: "Only lines since then: 10m, 2h, 2026-01-31T12:00Z" },
    grep: {
      kind: "text",
      value: "TEXT",
      many: true,
      summary: "Only lines with this text; repeatable: with any of them",
    },
    follow: { kind: "flag", short: "f", summary: "Keep showing new lines" },
  },
  run: async (context, { arguments: [name = ""], options }) => {
    const found = await findLogs(portsOf(context), { name, ...options });
    if (!found.ok) return reportFailures(context, found.failures);
    if (found.value.of === "instances") return showInstanceLogs(context, found.value);
    showTaskLog(context, found.value, options.service);
    return exitCodes.done;
  },
});

const replacedNote = "What is not UTF-8 was replaced by \ufffd (U+FFFD)";
const untimedNote = "Lines whose time is unknown are shown as well";

/** Says something on standard error the first time. */
function once({ stderr }: Context, note: string): () => void {
  let isSaid = false;
  return () => {
    if (!isSaid) stderr.write(`${note}\n`);
    isSaid = true;
  };
}

/**
 * Prints what instances write as `showTaskLog` does. Following ends with Ctrl-C or when the reader has gone; both are a good
 * end.
 */
async function showInstanceLogs(context: Context, log: InstanceLog): Promise<ExitCode> {
  const { stdout } = context;
  const whose = (environment: string) => (log.environments.length > 1 ? `${environment} ` : "");
  const show = (line: string, environment: string) => {
    if (context.json) return JSON.stringify({ type: "instanceLog", environment, text: line.replace(/\r$/, "") });
    return `${whose(environment)}${stdout.color ? safeColoredLine(line) : safeLine(line)}`;
  };
  const tellReplaced = once(context, replacedNote);
  const tellUntimed = once(context, untimedNote);
  const write = (bytes: Uint8Array, environment: string) => {
    if (log.untimed() > 0) tellUntimed();
    if (!context.json && !stdout.isTTY) {
      stdout.write(withPrefix(bytes, whose(environment)));
      return;
    }
    if (context.json && !isUtf8(bytes)) tellReplaced();
    const lines = linesOf(bytes);
    stdout.write(lines.map((line) => `${show(line, environment)}\n`).join(""));
  };
  const done = await log.read(write, AbortSignal.any([context.signal, stdout.gone]));
  return done.ok ? exitCodes.done : reportFailures(context, done.failures);
}

/** The same lines, each behind a prefix in ASCII. */
function withPrefix(bytes: Uint8Array, prefix: string): Uint8Array {
  return prefix === "" ? bytes : changeLines(bytes, (lines) => lines.map((line) => prefix + line));
}

/** Prints what a task wrote: byte for byte into a pipe, made harmless on a terminal, line by line as JSON. */
function showTaskLog(context: Context, log: TaskLog, service: string | undefined): void {
  const { stdout, stderr, json } = context;
  // What ran beside the task is not part of what it wrote, and easily missed.
  if (stderr.isTTY)
    for (const other of log.services.map(safeLine))
      stderr.write(
        `Its service ${other} wrote output as well: tidegate logs ${log.task} --run ${log.run} --service ${other}\n`,
      );
  if (log.untimed > 0) stderr.write(`${untimedNote}: ${log.untimed}\n`);
  if (!json && !stdout.isTTY) {
    stdout.verbatim(log.bytes);
    return;
  }
  const of = { run: log.run, task: log.task, ...(service !== undefined && { service }) };
  if (json && !isUtf8(log.bytes)) stderr.write(`${replacedNote}\n`);
  for (const line of linesOf(log.bytes)) stdout.write(`${shown(context, of, line)}\n`);
}

function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function shown(context: Context, of: object, line: string): string {
  if (context.json) return JSON.stringify({ type: "taskLog", ...of, text: line.replace(/\r$/, "") });
  return context.stdout.color ? safeColoredLine(line) : safeLine(line);
}
