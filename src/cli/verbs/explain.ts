import { explainDeployment as retellDeployment } from "../../app/explain/explain-deployment.ts";
import { explainName } from "../../app/explain/explain-name.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { ok } from "../../errors/result.ts";
import { subjectOf } from "../../events/envelope.ts";
import type { Event } from "../../events/event.ts";
import { type Context, portsOf } from "../context.ts";
import { renderFailures } from "../render/failure.ts";
import { encodeEnvelope } from "../render/json.ts";
import { comparisonLines } from "../render/lines/comparison-lines.ts";
import { explanation } from "../render/lines/explanation.ts";
import { palette } from "../render/palette.ts";
import { plainRenderer } from "../render/plain.ts";
import { reportFailures } from "../render/report-failures.ts";
import { showActorInFull } from "../render/words/actor.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

export const explain = defineVerb({
  name: "explain",
  summary: "Explain why a task ran or did not, or what happened in a deployment",
  usage: ["explain <task> [--run ID]", "explain <deployment>"],
  description:
    "For a task: what was decided for it in a run (from the cache or not, and the first input that had changed; skipped,\n" +
    "queued, selected), and why. A name that many tasks share means all of them.\n" +
    "For a deployment, named by its number: every step, why it was taken out, and the evidence.",
  examples: [
    { command: "tidegate explain test", explains: "why test ran or did not run in the last run" },
    { command: "tidegate explain test --run 12 --json", explains: "everything recorded about it in run 12" },
    { command: "tidegate explain 7", explains: "what happened in deployment 7 (see tidegate history)" },
  ],
  arguments: [{ name: "task", summary: "The task, or the number of a deployment", required: true }],
  options: {
    run: { kind: "text", value: "ID", summary: "The run's number", default: "last" },
  },
  run: async (context, { arguments: [task], options }) => {
    if (/^#?\d+$/.test(task!)) return explainDeployment(context, Number(task!.replace("#", "")));
    return explainTask(context, task!, options.run);
  },
});

/** Says what was decided for a task in a run, or for all that share a name. */
async function explainTask(context: Context, task: string, run: string): Promise<number> {
  const explained = await explainName(portsOf(context), { task, run });
  if (!explained.ok) return reportFailures(context, explained.failures);
  for (const { run, task, record, confinement } of explained.value) {
    const told = { type: "taskExplanation", run, task, ...record, ...(confinement && { confinement }) };
    if (context.json) context.stdout.write(`${JSON.stringify(told)}\n`);
    else context.stdout.write(`${explanation(task, run, record, confinement).join("\n")}\n`);
  }
  return exitCodes.done;
}

/** Tells a deployment again: every step, why it turned back, and the evidence. */
function explainDeployment(context: Context, deployment: number): Promise<number> {
  return withSession(context, "look", async (session) => {
    const explained = await retellDeployment(session, { deployment });
    if (!explained.ok) return explained;
    const { facts, failures, comparison, by, approvedBy = [] } = explained.value;
    const { stdout, now, cwd } = context;
    if (context.json) {
      const project = session.project.name;
      facts.forEach(({ at, ...fact }, index) => {
        const event = fact as Event;
        const told = { seq: index + 1, at, project, subject: subjectOf(event), ...(by && { by }), event };
        stdout.write(`${JSON.stringify(encodeEnvelope(told))}\n`);
      });
      return ok(undefined);
    }
    if (by !== undefined) stdout.write(`Asked for by ${showActorInFull(by)}\n`);
    for (const one of approvedBy) stdout.write(`Approved by ${showActorInFull(one)}\n`);
    const renderer = plainRenderer(stdout, { now });
    for (const fact of facts) renderer.emit(fact);
    renderer.close();
    const { color, columns } = stdout;
    const drawn = comparison === undefined ? [] : comparisonLines(comparison, palette(color));
    if (drawn.length > 0) stdout.write(`${drawn.join("\n")}\n`);
    if (failures.length > 0) stdout.write(renderFailures(failures, { color, columns, cwd }));
    return ok(undefined);
  });
}
