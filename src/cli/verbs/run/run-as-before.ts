import { runAsBefore as standingRun } from "../../../app/run/as-before.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import { type Context, portsOf } from "../../context.ts";
import { createRenderer } from "../../render/create.ts";
import type { Renderer } from "../../render/renderer.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { sayTo } from "../../render/with-renderer.ts";
import { type RunCall, requestOf } from "./run-options.ts";

/** Shows a run in which nothing had to be done; `undefined` when it has to be looked at in full. */
export async function runAsBefore(context: Context, call: RunCall): Promise<ExitCode | undefined> {
  if (call.options.watch) return undefined;
  let renderer: Renderer | undefined;
  try {
    const failures = await standingRun(portsOf(context), requestOf(call), (said) => {
      renderer ??= createRenderer(context, { explain: call.options.explain });
      sayTo(renderer)(said);
    });
    renderer?.close();
    if (failures === undefined) return undefined;
    return failures.length === 0 ? exitCodes.done : reportFailures(context, failures);
  } finally {
    renderer?.close();
  }
}
