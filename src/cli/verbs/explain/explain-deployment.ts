import type { ExitCode } from "../../../errors/exit-code.ts";
import { failed, ok } from "../../../errors/result.ts";
import { subjectOf } from "../../../events/envelope.ts";
import type { Event } from "../../../events/event.ts";
import { actorOf } from "../../../records/actor.ts";
import { encodeEnvelope } from "../../../records/envelope.ts";
import { retell } from "../../../rollout/retell.ts";
import type { Context } from "../../context.ts";
import { renderFailures } from "../../render/failure.ts";
import { plainRenderer } from "../../render/plain.ts";
import { showActorInFull } from "../../render/words/actor.ts";
import { withSession } from "../../with-session.ts";

/** Tells a deployment again from its journal: every step, why it turned back, and the evidence. */
export function explainDeployment(context: Context, id: number): Promise<ExitCode> {
  return withSession(context, "look", async ({ store, project }) => {
    const found = await store.deployment(id);
    if (!found.ok) return found;
    const record = found.value;
    if (record === undefined) {
      const message = `There is no deployment ${id}`;
      return failed({ code: "unknown-deployment", message, hint: "See which there are: tidegate history" });
    }
    const journal = await store.journal(id);
    if (!journal.ok) return journal;
    const retold = retell(record, journal.value);
    if (!retold.ok) return retold;
    const facts = retold.value;
    const by = actorOf(record.by);
    if (context.json) {
      facts.forEach(({ at, ...event }, index) => {
        const subject = subjectOf(event as Event);
        const told = { seq: index + 1, at, project: project.name, subject, ...(by && { by }), event: event as Event };
        context.stdout.write(`${JSON.stringify(encodeEnvelope(told))}\n`);
      });
      return ok(undefined);
    }
    if (by !== undefined) context.stdout.write(`Asked for by ${showActorInFull(by)}\n`);
    const renderer = plainRenderer(context.stdout, { now: context.now });
    for (const fact of facts) renderer.emit(fact);
    renderer.close();
    const { color, columns } = context.stdout;
    const failures = record.end?.failures ?? [];
    if (failures.length > 0) context.stdout.write(renderFailures(failures, { color, columns, cwd: context.cwd }));
    return ok(undefined);
  });
}
