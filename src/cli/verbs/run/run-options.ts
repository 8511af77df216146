import { confinementLevels, type RunRequest } from "../../../app/run/request.ts";
import type { Call, OptionTable } from "../../verb.ts";

/** The options of `run`. */
export const runOptions = {
  concurrency: { kind: "number", value: "N", short: "n", summary: "Tasks at a time", default: "number of cores" },
  force: { kind: "flag", summary: "Also run what is in the cache" },
  filter: {
    kind: "text",
    value: "PACKAGES",
    many: true,
    summary: "Only tasks in these packages: web, @acme/*, ./apps/*, ...web, web..., !web",
  },
  affected: { kind: "flag", summary: "Only tasks that files reach which were changed, by git" },
  since: { kind: "text", value: "REF", summary: "What changes are counted from" },
  confine: {
    kind: "text",
    value: "LEVEL",
    choices: confinementLevels,
    summary: "Hold every task at least so far to what it declares",
  },
  audit: { kind: "flag", summary: "Run the tasks, and list what they read and write without declaring it" },
  explain: { kind: "flag", summary: "Say in full why each task runs" },
  failed: { kind: "flag", summary: "Run again what failed in the last run, of test files only those with failures" },
  replay: { kind: "flag", summary: "Show also what cached tasks wrote when they were run" },
  junit: { kind: "text", value: "FILE", summary: "Write how the run went as a JUnit report, a test case per task" },
  watch: { kind: "flag", short: "w", summary: "Run again after each change of a source, until Ctrl-C" },
} as const satisfies OptionTable;

export type RunCall = Call<typeof runOptions>;

/** What a call asks of the pipeline; how it is shown is not part of that. */
export function requestOf({ arguments: tasks, options }: RunCall): RunRequest {
  const { affected, since, concurrency, force, audit, failed, replay, junit } = options;
  const confine = options.confine as RunRequest["confine"];
  return { tasks, filters: options.filter, affected, since, concurrency, force, confine, audit, failed, replay, junit };
}
