import type { PackageTaskDraft, TaskDraft } from "../draft.ts";
import type { Takeover } from "./takeover.ts";

/**
 * Outputs that could not be declared reach no fingerprint through `needs`. So whoever needs such a task reads them as files
 * of this machine, or, where they are in other packages, is not cached.
 */
export function withTornOutputs(takeover: Takeover): Takeover {
  return { ...takeover, tasks: plainTasks(takeover), packages: packageTasks(takeover.packages) };
}

function plainTasks({ tasks, packages }: Takeover): TaskDraft[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return tasks.map((task) => {
    const behind = new Set(task.needs);
    for (const name of behind) for (const further of byName.get(name)?.needs ?? []) behind.add(further);
    const named = new Set([...behind].filter((need) => need.includes("#")).map(bareName));
    const elsewhere = packages.find(({ name, torn = [] }) => named.has(name) && torn.length > 0);
    if (elsewhere !== undefined && task.uncached === undefined)
      return { ...task, uncached: tornElsewhere(elsewhere.name) };
    return reading(
      task,
      [...behind].flatMap((name) => byName.get(name)?.torn ?? []),
    );
  });
}

function packageTasks(tasks: readonly PackageTaskDraft[]): PackageTaskDraft[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return tasks.map((task) => {
    const { own, others } = behindOf(task, byName);
    const elsewhere = [...others].find((name) => (byName.get(name)?.torn ?? []).length > 0);
    if (elsewhere !== undefined && task.uncached === undefined) {
      return { ...task, uncached: tornElsewhere(elsewhere) };
    }
    return reading(
      task,
      [...own].flatMap((name) => byName.get(name)?.torn ?? []),
    );
  });
}

/** What is needed in the same package, and what in others. */
function behindOf(task: PackageTaskDraft, byName: ReadonlyMap<string, PackageTaskDraft>) {
  const own = new Set<string>();
  const others = new Set<string>();
  const visit = (needs: readonly string[] | undefined, isOther: boolean): void => {
    for (const need of needs ?? []) {
      const set = isOther || /^\^|#/.test(need) ? others : own;
      const name = bareName(need);
      if (set.has(name)) continue;
      set.add(name);
      visit(needsOf(byName.get(name)), set === others);
    }
  };
  visit(needsOf(task), false);
  return { own, others };
}

/** In whatever package. */
function needsOf(task: PackageTaskDraft | undefined): readonly string[] {
  return [...(task?.needs ?? []), ...Object.values(task?.overrides ?? {}).flatMap(({ needs = [] }) => needs)];
}

/** `build` of `^build` and of `utils#build`. */
function bareName(need: string): string {
  return need.replace(/^\^|^.*#/, "");
}

function tornElsewhere(task: string): string {
  return `"${task}" of other packages writes what could not be declared`;
}

function reading<T extends TaskDraft | PackageTaskDraft>(task: T, torn: readonly string[]): T {
  if (torn.length === 0 || task.inputs === undefined || task.uncached !== undefined) return task;
  return { ...task, localInputs: [...new Set([...(task.localInputs ?? []), ...torn])] };
}
