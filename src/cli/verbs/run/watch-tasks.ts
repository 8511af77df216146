import type { RunResult } from "../../../app/run/run.ts";
import { watchPipeline } from "../../../app/watch/watch.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import type { Result } from "../../../errors/result.ts";
import { type Context, portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { reportRun } from "../../render/report-run.ts";
import { watchRenderer } from "../../render/watch-renderer.ts";
import { sayTo } from "../../render/with-renderer.ts";
import { type RunCall, requestOf } from "./run-options.ts";

/** Runs the pipeline after each change of what its tasks read, and shows how each run went, until Ctrl-C. */
export async function watchTasks(context: Context, runCall: RunCall): Promise<ExitCode> {
  const wrong = cannotWatch(runCall.options);
  if (wrong.length > 0) return reportFailures(context, wrong);
  const renderer = watchRenderer(context, runCall.options.explain);
  const show = (result: Result<RunResult>): ExitCode => {
    renderer.close();
    return result.ok ? reportRun(context, result.value) : reportFailures(context, result.failures);
  };
  const { gone } = context.json ? context.stdout : context.stderr;
  const { junit: _, failed: __, ...call } = requestOf(runCall);
  try {
    const end = await watchPipeline(portsOf(context), { call, say: sayTo(renderer), onRun: show, gone });
    if (!end.ok) return show(end);
    return end.value === undefined ? exitCodes.done : show({ ok: true, value: end.value });
  } finally {
    renderer.close();
  }
}

/** Options of `run` that belong to one run, and not to each of many. */
const ofOneRun = ["failed", "audit", "junit"] as const;

/** A failure for each option of the call that `--watch` cannot keep. */
function cannotWatch(options: Readonly<Record<string, unknown>>): Failure[] {
  const given = ofOneRun.filter((name) => options[name] !== undefined && options[name] !== false);
  return given.map((name) => ({
    code: "bad-arguments",
    message: `--${name} is for a single run, and --watch runs again and again`,
    hint: `Leave one of them out: tidegate run --${name}`,
  }));
}
