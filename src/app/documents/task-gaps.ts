import type { Task } from "../../definition/types.ts";
import { violations } from "../../environment/parity/report.ts";
import { ok, type Result } from "../../errors/result.ts";
import { check } from "../check.ts";
import { parity } from "../environments/parity.ts";
import type { Session } from "../session.ts";

/** Everything that the definition lacks for the documents to tell of a whole way to production, in sentences; [] when nothing. */
export async function taskGaps(session: Session): Promise<Result<readonly string[]>> {
  const { project, ports } = session;
  const gaps = [...stageGaps(Object.values(project.pipeline).flatMap(tasksIn), Object.keys(project.services).length)];
  const environments = Object.keys(project.environments).length;
  if (environments < 2)
    gaps.push(`It has ${environments === 0 ? "no environment" : "one environment"}: two are needed.`);
  const checked = await check(ports, { withoutSecrets: false });
  if (!checked.ok) gaps.push(...checked.failures.map(({ message }) => `tidegate check: ${message}`));
  if (!checked.ok || environments === 0) return ok(gaps);
  const compared = await parity(session);
  if (!compared.ok) return compared;
  const broken = violations(compared.value);
  gaps.push(...broken.map(({ dimension, key, violation }) => `tidegate parity: ${dimension} ${key}: ${violation}`));
  return ok(gaps);
}

function stageGaps(tasks: readonly Task[], services: number): string[] {
  const builds = tasks.some(({ stage = "build", outputs = [] }) => stage === "build" && outputs.length > 0);
  const tests = tasks.some(({ reports, stage }) => reports !== undefined || stage === "test" || stage === "verify");
  return [
    ...(builds ? [] : ["No task of the stage `build` has outputs: nothing is built."]),
    ...(tests ? [] : ["No task has reports or stands in a stage `test` or `verify`: nothing is tested."]),
    ...(services > 0 ? [] : ["It has no services: nothing is deployed."]),
  ];
}

function tasksIn(one: Session["project"]["pipeline"][string]): readonly Task[] {
  return one.kind === "matrix" ? one.cells.map(({ task }) => task) : [one];
}
