import { explainDeployment as retellDeployment } from "../../../app/explain/explain-deployment.ts";
import type { ExitCode } from "../../../errors/exit-code.ts";
import { ok } from "../../../errors/result.ts";
import { subjectOf } from "../../../events/envelope.ts";
import type { Event } from "../../../events/event.ts";
import { encodeEnvelope } from "../../../records/envelope.ts";
import type { Context } from "../../context.ts";
import { renderFailures } from "../../render/failure.ts";
import { plainRenderer } from "../../render/plain.ts";
import { showActorInFull } from "../../render/words/actor.ts";
import { withSession } from "../../with-session.ts";

/** Tells a deployment again: every step, why it turned back, and the evidence. */
export function explainDeployment(context: Context, deployment: number): Promise<ExitCode> {
  return withSession(context, "look", async (session) => {
    const explained = await retellDeployment(session, { deployment });
    if (!explained.ok) return explained;
    const { facts, failures, by } = explained.value;
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
    const renderer = plainRenderer(stdout, { now });
    for (const fact of facts) renderer.emit(fact);
    renderer.close();
    const { color, columns } = stdout;
    if (failures.length > 0) stdout.write(renderFailures(failures, { color, columns, cwd }));
    return ok(undefined);
  });
}
