import { initAnew } from "../../app/init/init.ts";
import { corrected } from "../../app/init/try/corrections.ts";
import { digestOf, type Tried, tryPipeline } from "../../app/init/try/try.ts";
import type { TriedService } from "../../app/init/try/try-service.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { exitOf } from "../../errors/exit-of.ts";
import { ask, mayAsk } from "../ask/ask.ts";
import { type Context, portsOf } from "../context.ts";
import { createRenderer } from "../render/create.ts";
import { renderDigest } from "../render/digest.ts";
import { tryLines } from "../render/lines/try-lines.ts";
import { marks } from "../render/marks.ts";
import { reportFailures } from "../render/report-failures.ts";
import { note } from "../render/tell.ts";
import { sayTo } from "../render/with-renderer.ts";

/** Tries the definition in a copy of the repository. `apply`: what was found is written into the definition. */
export async function tryDefinition(context: Context, apply: boolean): Promise<ExitCode> {
  const ports = portsOf(context);
  const renderer = createRenderer(context);
  try {
    const tried = await tryPipeline(ports, sayTo(renderer));
    renderer.close();
    if (!tried.ok) return reportFailures(context, tried.failures);
    const { corrections } = tried.value;
    const isSound = tried.value.first.outcome === "succeeded" && corrections.length > 0;
    const write = () => initAnew(ports, (draft) => corrected(draft, corrections));
    const applied = apply && isSound && (await write());
    tell(context, tried.value, applied);
    if (apply && isSound && !applied) note(context, leftAlone);
    if (!apply && isSound && mayAsk(context) && (await ask(context, "Write these into the definition?", "yes")))
      note(context, (await write()) ? `${marks.done} corrected in the definition` : leftAlone);
    return exitCodeOf(tried.value);
  } finally {
    renderer.close();
  }
}

const leftAlone = "The definition is not as init wrote it, so it was left alone: put the lines in by hand.";

function tell(context: Context, tried: Tried, applied: boolean): void {
  if (context.json) {
    const { first, ...rest } = tried;
    const failures = Object.values(first.tasks).flatMap((task) => task.failures);
    context.stdout.write(`${JSON.stringify({ type: "tried", outcome: first.outcome, failures, applied, ...rest })}\n`);
    return;
  }
  if (tried.first.outcome === "failed") context.stderr.write(renderDigest(digestOf(tried.first), context.stderr.color));
  context.stdout.write(`${tryLines(tried, applied, context.stdout.color).join("\n")}\n`);
}

function exitCodeOf({ first, services }: Tried): ExitCode {
  const failures = Object.values(first.tasks).flatMap((task) => task.failures);
  if (first.outcome === "cancelled") return exitCodes.interrupted;
  if (failures.length > 0) return exitOf(failures);
  return services.some(isDown) ? exitCodes.failed : exitCodes.done;
}

function isDown({ state }: TriedService): boolean {
  return state === "ended" || state === "silent" || state === "elsewhere";
}
