import type { ExitCode } from "../../../errors/exit-code.ts";
import { failed, ok } from "../../../errors/result.ts";
import { retell } from "../../../rollout/retell.ts";
import type { Context } from "../../context.ts";
import { renderFailures } from "../../render/failure.ts";
import { plainRenderer } from "../../render/plain.ts";
import { withSession } from "../../with-session.ts";

/** Tells a deployment again from its journal: every step, why it turned back, and the evidence. */
export function explainDeployment(context: Context, id: number): Promise<ExitCode> {
  return withSession(context, "look", async ({ store }) => {
    const record = await store.deployment(id);
    if (record === undefined) {
      const message = `There is no deployment ${id}`;
      return failed({ code: "unknown-deployment", message, hint: "See which there are: tidegate history" });
    }
    const retold = retell(record, await store.journal(id));
    if (!retold.ok) return retold;
    const facts = retold.value;
    if (context.json) {
      for (const fact of facts) context.stdout.write(`${JSON.stringify(fact)}\n`);
      return ok(undefined);
    }
    const renderer = plainRenderer(context.stdout, { now: context.now });
    for (const fact of facts) renderer.emit(fact);
    renderer.close();
    const { color, columns } = context.stdout;
    const failures = record.end?.failures ?? [];
    if (failures.length > 0) context.stdout.write(renderFailures(failures, { color, columns, cwd: context.cwd }));
    return ok(undefined);
  });
}
