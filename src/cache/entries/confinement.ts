import type { ConfinementLevel, Task } from "../../definition/types.ts";
import { unreachable } from "../../errors/unreachable.ts";

/** From weak to strong. */
export const confinementLevels: readonly ConfinementLevel[] = ["declared", "staged", "sealed"];

/**
 * What a task could reach though it was not declared. `project`: other files of the project; `disk`: files outside of it;
 * `network`; `processes`: other processes of the machine. The clock and chance are always open.
 */
export type Opening = "project" | "disk" | "network" | "processes";

/** How a result was made: how far the task was held to what it declares, and what stayed open. */
export interface Confinement {
  readonly level: ConfinementLevel;
  readonly open: readonly Opening[];
}

/** The confinement of a task that runs at a level. */
export function confinementOf(level: ConfinementLevel, { network }: Task): Confinement {
  switch (level) {
    case "declared":
      return { level, open: ["project", "disk", "network", "processes"] };
    case "staged":
      return { level, open: ["disk", "network", "processes"] };
    case "sealed":
      return { level, open: network ? ["network"] : [] };
    default:
      return unreachable(level);
  }
}

/** Whether a result that was made at one level is as good as one made at another. */
export function satisfies(made: ConfinementLevel, wanted: ConfinementLevel): boolean {
  return confinementLevels.indexOf(made) >= confinementLevels.indexOf(wanted);
}

/** The level of a task: its own, or that of the call when it is stronger. */
export function levelOf(task: Task, asked: ConfinementLevel): ConfinementLevel {
  const own = task.confine ?? "declared";
  return satisfies(own, asked) ? own : asked;
}

export function isConfinement(value: unknown): value is Confinement {
  if (typeof value !== "object" || value === null) return false;
  const { level, open } = value as Partial<Record<keyof Confinement, unknown>>;
  return confinementLevels.includes(level as ConfinementLevel) && Array.isArray(open);
}
