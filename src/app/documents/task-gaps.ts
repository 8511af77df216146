import type { Task } from "../../definition/types.ts";
import { unknownRows, violations } from "../../environment/parity/report.ts";
import { ok, type Result } from "../../errors/result.ts";
import { check } from "../check.ts";
import { parity } from "../environments/parity.ts";
import type { Session } from "../session.ts";

/** Sentences; of each [] when there is nothing to say. */
export interface TaskReadiness {
  /** What the definition lacks for the documents to tell of a whole way to production, and what is not known of its secrets. */
  readonly gaps: readonly string[];
  /** What else could not be looked at from here. */
  readonly notChecked: readonly string[];
}

/** Whether the definition has all that a task of the four documents is about. What cannot be read is not taken for right. */
export async function taskReadiness(session: Session): Promise<Result<TaskReadiness>> {
  const { project, ports } = session;
  const environments = Object.keys(project.environments).length;
  const gaps = [
    ...stageGaps(Object.values(project.pipeline).flatMap(tasksIn), Object.keys(project.services).length),
    ...(environments < 2
      ? [`It has ${environments === 0 ? "no environment" : "one environment"}: two are needed.`]
      : []),
  ];
  const checked = await check(ports, { withoutSecrets: false });
  if (!checked.ok) {
    gaps.push(...checked.failures.map(({ message }) => `tidegate check: ${message}`));
    return ok({ gaps, notChecked: [] });
  }
  const [types, secrets] = [
    checked.value.skipped.filter(({ what }) => what === "types"),
    checked.value.skipped.filter(({ what }) => what !== "types"),
  ];
  gaps.push(...secrets.map(({ what, because }) => `tidegate check: not checked: ${what}, ${because}`));
  const notChecked = types.map(({ what, because }) => `tidegate check: ${what}, ${because}`);
  if (environments === 0) return ok({ gaps, notChecked });
  const compared = await parity(session);
  if (!compared.ok) return compared;
  const broken = violations(compared.value);
  gaps.push(...broken.map(({ dimension, key, violation }) => `tidegate parity: ${dimension} ${key}: ${violation}`));
  for (const { dimension, key, unknown } of unknownRows(compared.value)) {
    const said = `tidegate parity: ${dimension} ${key}: not known${unknown.evidence === undefined ? "" : `: ${unknown.evidence}`}`;
    // What could not be reached at the moment may be right; of secrets nothing is taken on trust.
    (dimension === "secrets" || dimension === "config" ? gaps : notChecked).push(said);
  }
  return ok({ gaps, notChecked });
}

function stageGaps(tasks: readonly Task[], services: number): string[] {
  const builds = tasks.some(({ stage = "build", outputs = [] }) => stage === "build" && outputs.length > 0);
  const tests = tasks.some(({ reports, stage }) => reports !== undefined || stage === "test" || stage === "verify");
  return [
    ...(builds ? [] : ["No task of the stage `build` has outputs: nothing is built."]),
    ...(tests ? [] : ["No task has reports or is in a stage `test` or `verify`: nothing is tested."]),
    ...(services > 0 ? [] : ["It has no services: nothing is deployed."]),
  ];
}

function tasksIn(one: Session["project"]["pipeline"][string]): readonly Task[] {
  return one.kind === "matrix" ? one.cells.map(({ task }) => task) : [one];
}
