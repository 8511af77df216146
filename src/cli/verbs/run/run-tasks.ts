import type { Say } from "../../../app/notice.ts";
import { run } from "../../../app/run/run.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import { type Context, portsOf } from "../../context.ts";
import { createRenderer } from "../../render/create.ts";
import { type Audited, auditLines } from "../../render/lines/audit-lines.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { reportRun } from "../../render/report-run.ts";
import { sayTo } from "../../render/with-renderer.ts";
import { type RunCall, requestOf } from "./run-options.ts";

/** Runs what a call of `run` asks for. */
export async function runTasks(context: Context, call: RunCall): Promise<ExitCode> {
  const { explain, watch } = call.options;
  if (watch) {
    const { watchTasks } = await import("./watch-tasks.ts");
    return watchTasks(context, call);
  }
  const renderer = createRenderer(context, { explain });
  const audited: Audited[] = [];
  const show = sayTo(renderer);
  const say: Say = (said) => {
    if ("type" in said && said.type === "taskAudited") audited.push(said);
    show(said);
  };
  try {
    const outcome = await run(portsOf(context), requestOf(call), say);
    renderer.close();
    if (!outcome.ok) return reportFailures(context, outcome.failures);
    if (outcome.value.ran === "nothing") {
      if (!context.json) context.stderr.write(`Nothing failed in run ${outcome.value.last}.\n`);
      return exitCodes.done;
    }
    const { result, unwritten } = outcome.value;
    const unwrittenExit = unwritten.length > 0 ? reportFailures(context, unwritten) : exitCodes.done;
    if (!context.json) for (const each of audited) context.stdout.write(`${auditLines(each).join("\n")}\n`);
    return reportRun(context, result) || unwrittenExit;
  } finally {
    renderer.close();
  }
}
