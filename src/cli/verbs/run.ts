import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import type { TaskRun } from "../../pipeline/pipeline-run.ts";
import type { RunResult } from "../../pipeline/run.ts";
import type { Context } from "../context.ts";
import { openPipeline } from "../open-pipeline.ts";
import { callPipeline } from "../pipeline-call.ts";
import { createRenderer } from "../render/create.ts";
import { reportFailures } from "../report-failures.ts";
import { unknownTask } from "../unknown-task.ts";
import { defineVerb } from "../verb.ts";

export const run = defineVerb({
  name: "run",
  summary: "Run the pipeline, or the tasks named and what they need",
  usage: ["run [task…] [options]"],
  description:
    "Tasks run in parallel, each after the ones it needs. A result is taken from the cache only when nothing that\n" +
    "could change it has changed. Ctrl-C ends what runs, with all its processes.",
  examples: [
    { command: "tidegate run", explains: "the whole pipeline" },
    {
      command: "tidegate run test --explain",
      explains: "test and what it needs, saying in full why each of them runs",
    },
    { command: "tidegate run --json | jq .type", explains: "the events, one per line" },
  ],
  arguments: [{ name: "task", summary: "The tasks to run; all when none is named", many: true }],
  options: {
    concurrency: { kind: "number", value: "N", short: "n", summary: "Tasks at a time", default: "number of cores" },
    force: { kind: "flag", summary: "Run also what is in the cache" },
    explain: { kind: "flag", summary: "Say in full why each task runs" },
  },
  run: async (context, { arguments: tasks, options }) => {
    const opened = await openPipeline(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const names = Object.keys(opened.value.project.pipeline);
    const unknown = tasks.filter((task) => !names.includes(task));
    if (unknown.length > 0)
      return reportFailures(
        context,
        unknown.map((task) => unknownTask(task, names)),
      );
    const renderer = createRenderer(context, { explain: options.explain });
    try {
      const { concurrency, force } = options;
      const result = await callPipeline(context, opened.value, renderer, { tasks, concurrency, force });
      renderer.close();
      return result.ok ? reportRun(context, result.value) : reportFailures(context, result.failures);
    } finally {
      renderer.close();
    }
  },
});

/** What failed, with its evidence, below the table; the exit code that says the same. */
function reportRun(context: Context, { outcome, tasks, troubles }: RunResult): ExitCode {
  const failures = [...Object.entries(tasks).flatMap(failuresOf), ...troubles];
  if (outcome === "cancelled") {
    failures.push({ code: "interrupted", message: "The run was interrupted; none of its tasks is left running" });
  }
  return failures.length === 0 ? exitCodes.done : reportFailures(context, failures);
}

/** A task's failures; where the task says nothing of how to go on, its output is the place to look. */
function failuresOf([name, { failures, record }]: readonly [string, TaskRun]): Failure[] {
  const hint = `See all it wrote: tidegate logs ${name}`;
  return failures.map((failure) => (record.log === undefined ? failure : { hint, ...failure }));
}
