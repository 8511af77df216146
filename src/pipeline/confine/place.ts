import type { ConfinementLevel } from "../../definition/types.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Argv } from "../../process/command.ts";
import { openAudit } from "../audit/audit.ts";
import type { GraphTask } from "../graph.ts";
import type { RunContext } from "../run-context.ts";
import { levelOf } from "./level.ts";
import type { Loopback } from "./loopback.ts";
import { sealed } from "./seal.ts";
import { openStage } from "./stage.ts";

/** Where a task's command runs, and how. */
export interface Place {
  readonly level: ConfinementLevel;
  /** What stands for the project's folder in the command's working directory and search path. */
  readonly root: string;
  /** Where Tidegate looks for the project's own programs. `undefined`: they are looked for where the command runs. */
  readonly programs: string | undefined;
  /** The network that the command and its services have to themselves; absent when they have the machine's, or none. */
  readonly loopback?: Loopback;
  /** What has to be spawned so that the command runs there. */
  wrap(argv: Argv, variables: Readonly<Record<string, string>>): Argv;
  /** Brings the outputs to the project, in place of what stands there. @throws the system's error. */
  bringBack(): Failure[] | Promise<Failure[]>;
  /** Removes what was made for the command; whatever was not brought back is gone. @throws the system's error. */
  close(): void | Promise<void>;
}

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
    hint: "Add `inputs`: the files that the task reads (an empty list when there are none).",
  };
}
