import { explainDeployment as retellDeployment } from "../../../app/explain/explain-deployment.ts";
import type { ExitCode } from "../../../errors/exit-code.ts";
import { ok } from "../../../errors/result.ts";
import type { Context } from "../../context.ts";
import { renderFailures } from "../../render/failure.ts";
import { plainRenderer } from "../../render/plain.ts";
import { withSession } from "../../with-session.ts";

/** Tells a deployment again: every step, why it turned back, and the evidence. */
export function explainDeployment(context: Context, deployment: number): Promise<ExitCode> {
  return withSession(context, "look", async (session) => {
    const explained = await retellDeployment(session, { deployment });
    if (!explained.ok) return explained;
    const { facts, failures } = explained.value;
    const { stdout, now, cwd } = context;
    if (context.json) {
      for (const fact of facts) stdout.write(`${JSON.stringify(fact)}\n`);
      return ok(undefined);
    }
    const renderer = plainRenderer(stdout, { now });
    for (const fact of facts) renderer.emit(fact);
    renderer.close();
    const { color, columns } = stdout;
    if (failures.length > 0) stdout.write(renderFailures(failures, { color, columns, cwd }));
    return ok(undefined);
  });
}
