import { levelOf } from "../cache/entries/confinement.ts";
import type { ConfinementLevel } from "../definition/types.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { GraphTask } from "../graph/graph.ts";
import { openAudit } from "./audit/audit.ts";
import type { Place } from "./confine/place.ts";
import { sealed } from "./confine/seal.ts";
import { openStage } from "./confine/stage.ts";
import type { RunContext } from "./run-context.ts";

/**
 * Makes the place that the task's level of confinement asks for. Fails with `confinement-unavailable` when it cannot be
 * had: there is no weaker one instead. @throws the system's error, when the place cannot be written.
 */
export async function openPlace(context: RunContext, task: GraphTask): Promise<Result<Place>> {
  if (context.audit.has(task.name)) return openAudit(context, task);
  const level = levelOf(task.task, context.confine);
  if (level === "declared") return ok(projectItself(context.projectFolder));
  if (task.patterns.inputs === undefined) return failed(nothingDeclared(task, level));
  if (level === "staged") return ok(await openStage(context, task));
  return await sealed(context, task);
}

function projectItself(projectFolder: string): Place {
  return {
    level: "declared",
    root: projectFolder,
    programs: projectFolder,
    wrap: (argv) => argv,
    bringBack: () => [],
    close: () => undefined,
  };
}

function nothingDeclared({ name }: GraphTask, level: ConfinementLevel): Failure {
  return {
    code: "confinement-unavailable",
    message: `Task "${name}" cannot be ${level}: its inputs are not declared`,
    hint: "Add `inputs`: the files that the task reads (an empty list if there are none).",
  };
}
