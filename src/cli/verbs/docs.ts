import { relative, resolve } from "node:path";
import { checkDocuments, undecidedFailure } from "../../app/documents/check.ts";
import { explainStatement } from "../../app/documents/explain.ts";
import { recordTask, type TaskRequest } from "../../app/documents/task.ts";
import { placesIn, writeDocuments } from "../../app/documents/write.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok } from "../../errors/result.ts";
import { type Context, portsOf } from "../context.ts";
import { marks } from "../render/marks.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { showKept, showMoved } from "../render/words/documents.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const docs = defineVerb({
  name: "docs",
  summary: "Write the four documents that describe the system, or check that they are still true",
  usage: [
    "docs --out DIR [options]",
    "docs --check [--out DIR] [--strict]",
    "docs --explain KEY",
    "docs --task FILE.md [--status failed]",
  ],
  description:
    "Pipeline, automation plan, environments and configuration, made from the definition, from measurements and from what\n" +
    "is there; every statement says which. What people write between the marks stays. Exit code 3 when the definition has\n" +
    "no services or no environments yet: the documents say what is undecided.",
  examples: [
    {
      command: "tidegate docs --out docs/delivery",
      explains: "writes the documents, and the facts that they are made from",
    },
    {
      command: "tidegate docs --check --out docs/delivery",
      explains: "in a pipeline: exit code 3 if they are out of date",
    },
    {
      command: "tidegate docs --explain environments.production.strategy",
      explains: "file and line of what they name",
    },
    {
      command: "tidegate docs --task tasks/P03-S09-T09.md",
      explains: "writes them where a task file wants them, ticks it off, and records it in Step.json and DNA.json",
    },
  ],
  options: {
    out: { kind: "text", value: "DIR", summary: "The folder of the documents; default: docs", short: "o" },
    check: { kind: "flag", summary: "Write nothing; fail when they no longer say what the definition says" },
    strict: { kind: "flag", summary: "With --check: also fail when a measurement is out of its range" },
    explain: { kind: "text", value: "KEY", summary: "Show where a key that the documents name is written" },
    task: { kind: "text", value: "FILE.md", summary: "Do the task that asks for the four documents" },
    step: {
      kind: "text",
      value: "FILE",
      summary: "With --task: its Step.json; default: in 03_Brain above the task file",
    },
    dna: {
      kind: "text",
      value: "FILE",
      summary: "With --task: its DNA.json; default: in 03_Brain above the task file",
    },
    status: { kind: "text", value: "STATUS", summary: "With --task: succeeded or failed", default: "succeeded" },
    force: { kind: "flag", summary: "Also overwrite what was edited by hand outside its marks" },
  },
  run: (context, { options }) => {
    const { out, check, strict, explain, force, task } = options;
    const wrong = notTogether(options);
    if (wrong !== undefined) return Promise.resolve(reportFailures(context, [wrong]));
    if (task !== undefined) return doTask(context, { ...options, task });
    if (explain !== undefined) return explainKey(context, explain);
    return check ? checkAll(context, out ?? usualFolder, strict) : write(context, out ?? usualFolder, force);
  },
});

const usualFolder = "docs";

interface Chosen extends Omit<TaskOptions, "task"> {
  readonly task: string | undefined;
  readonly check: boolean;
  readonly strict: boolean;
  readonly explain: string | undefined;
  readonly out: string | undefined;
}

/** Options of which one would say that nothing is written, or would say nothing. */
function notTogether({ task, check, strict, explain, out, step, dna, status, force }: Chosen): Failure | undefined {
  const message = [
    ...([task !== undefined, check, explain !== undefined].filter(Boolean).length > 1
      ? ["--task, --check and --explain are three different calls"]
      : []),
    ...(task === undefined && (step !== undefined || dna !== undefined || status !== "succeeded")
      ? ["--step, --dna and --status only go with --task"]
      : []),
    ...(strict && !check ? ["--strict only goes with --check"] : []),
    ...(out !== undefined && task !== undefined ? ["--out does not go with --task: the task file says where"] : []),
    ...(out !== undefined && explain !== undefined ? ["--out does not go with --explain"] : []),
    ...(force && (check || explain !== undefined) ? ["--force does not go with --check or --explain"] : []),
  ].join("; ");
  return message === "" ? undefined : { code: "bad-arguments", message, hint: "See: tidegate docs --help" };
}

interface TaskOptions {
  readonly task: string;
  readonly step: string | undefined;
  readonly dna: string | undefined;
  readonly status: string;
  readonly force: boolean;
}

async function doTask(context: Context, { task, step, dna, status, force }: TaskOptions) {
  if (status !== "succeeded" && status !== "failed") {
    const message = `A task cannot have ended as ${JSON.stringify(status)}`;
    const hint = "Write --status succeeded or --status failed";
    return reportFailures(context, [{ code: "bad-arguments", message, hint }]);
  }
  const ended: TaskRequest["status"] = status;
  return withSession(context, "look", async (session) => {
    const request = {
      file: task,
      status: ended,
      force,
      ...(step !== undefined && { step }),
      ...(dna !== undefined && { dna }),
    };
    const recorded = await recordTask(session, request);
    if (!recorded.ok) return recorded;
    const { files, ...rest } = recorded.value;
    warn(context, [...rest.notChecked.map((what) => `not checked: ${what}`), ...rest.kept.map(showKept)]);
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "task", ...rest, files })}\n`);
    else {
      context.stdout.write(
        `${rest.status === "SUCCEEDED" ? marks.done : marks.warning} ${rest.task} ${rest.status}${files.length === 0 ? ": nothing had changed" : ""}\n`,
      );
      context.stdout.write(files.map((path) => `  ${path}\n`).join(""));
    }
    return ok(exitCodes.done);
  });
}

function write(context: Context, out: string, force: boolean) {
  return withSession(context, "look", async (session) => {
    const places = placesIn(resolve(context.cwd, out));
    const written = await writeDocuments(session, { places, force });
    if (!written.ok) return written;
    const { paths: absolute, ...rest } = written.value;
    const { undecided, kept, unsearched } = rest;
    const paths = absolute.map((path) => relative(context.cwd, path));
    warn(context, [
      ...unsearched.map(({ key, environment }) => `not searched for ${key} of ${environment}: it cannot be read here`),
      ...kept.map(showKept),
    ]);
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "documents", files: paths, ...rest })}\n`);
    else context.stdout.write(paths.map((path) => `${path}\n`).join(""));
    return undecided.length === 0 ? ok(exitCodes.done) : failed(undecidedFailure(undecided));
  });
}

/** Beside what is there to read; as data it is in there. */
function warn(context: Context, lines: readonly string[]): void {
  if (!context.json) context.stderr.write(lines.map((line) => `${marks.warning} ${safeLine(line)}\n`).join(""));
}

async function checkAll(context: Context, out: string, strict: boolean) {
  const checked = await checkDocuments(portsOf(context), { places: placesIn(resolve(context.cwd, out)), strict });
  if (!checked.ok) return reportFailures(context, checked.failures);
  const { moved } = checked.value;
  if (context.json) context.stdout.write(`${JSON.stringify({ type: "documentsChecked", moved })}\n`);
  else {
    context.stdout.write(`${marks.done} the documents say what the definition says\n`);
    for (const one of moved) context.stdout.write(`${marks.warning} moved: ${showMoved(one)}\n`);
  }
  if (!strict || moved.length === 0) return exitCodes.done;
  return reportFailures(context, [outOfBand(moved.map(showMoved), out)]);
}

function outOfBand(moved: readonly string[], out: string): Failure {
  const message = "Measurements are outside the ranges that the documents state";
  return {
    code: "documents-stale",
    message,
    cause: moved.join("\n"),
    hint: `Write them again: tidegate docs --out ${out}`,
  };
}

async function explainKey(context: Context, key: string) {
  const explained = await explainStatement(portsOf(context), key);
  if (!explained.ok) return reportFailures(context, explained.failures);
  const { file, line, column, source } = explained.value.location;
  if (context.json) context.stdout.write(`${JSON.stringify({ type: "statement", ...explained.value })}\n`);
  else context.stdout.write(`${relative(context.cwd, file)}:${line}:${column}\n  ${source?.trim() ?? ""}\n`);
  return exitCodes.done;
}
