import { mayMeet } from "../../../graph/outputs/output-set.ts";
import { type Pattern, parsePattern } from "../../../graph/patterns/pattern.ts";
import type { Request } from "../../../inputs/input-tree.ts";
import { walkInputs } from "../../../inputs/walk-inputs.ts";
import type { PackageTaskDraft, TaskDraft } from "../draft.ts";
import { LeftOver, type Takeover } from "./takeover.ts";

/**
 * Takes out patterns that match nothing: other tools take them for nothing, here they would be errors. Those that may
 * mean what an earlier task writes stay.
 */
export function withPresentInputs(takeover: Takeover, folder: string): Takeover {
  const left = new LeftOver();
  for (const each of takeover.left) left.add(each.where, each.why);
  const asked = [
    ...takeover.tasks.flatMap(({ inputs = [] }) => inputs),
    ...takeover.packages.flatMap(({ rootInputs = [] }) => rootInputs),
  ];
  const found = matching(folder, asked);
  const outputsBehind = outputsBehindOf(takeover.tasks);
  const isKept = (where: string, pattern: string, outputs: readonly Pattern[]) => {
    const parsed = parsePattern(pattern);
    if (
      pattern.startsWith("!") ||
      found.has(pattern) ||
      (parsed.ok && outputs.some((output) => mayMeet(output, parsed.pattern)))
    )
      return true;
    left.add(where, `"${pattern}": it matches no file`);
    return false;
  };
  const tasks = takeover.tasks.map((task): TaskDraft => {
    const outputs = outputsBehind(task);
    const inputs = task.inputs?.filter((pattern) => isKept(`${task.name}: inputs`, pattern, outputs));
    return inputs === undefined ? task : { ...task, inputs };
  });
  const packages = takeover.packages.map(({ rootInputs, ...task }): PackageTaskDraft => {
    const kept = rootInputs?.filter((pattern) => isKept(`${task.name}: rootInputs`, pattern, []));
    return kept === undefined || kept.length === 0 ? task : { ...task, rootInputs: kept };
  });
  return { ...takeover, tasks, packages, left: left.all };
}

/** Those of the patterns that match at least one file, in one walk. */
function matching(folder: string, patterns: readonly string[]): Set<string> {
  const requests = new Map<Request, string>();
  for (const text of new Set(patterns)) {
    const parsed = parsePattern(text);
    if (parsed.ok && !parsed.pattern.excluded) requests.set({ pattern: parsed.pattern, excluded: [] }, text);
  }
  const found = new Set<string>();
  const note = (request: Request) => found.add(requests.get(request)!);
  walkInputs(folder, requests.keys(), () => false, { found: note, refused: note });
  return found;
}

/** What is written by all that a task needs, directly or through others. */
function outputsBehindOf(tasks: readonly TaskDraft[]): (task: TaskDraft) => readonly Pattern[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return (task) => {
    const behind = new Set(task.needs);
    for (const name of behind) for (const further of byName.get(name)?.needs ?? []) behind.add(further);
    const outputs = [...behind].flatMap((name) => byName.get(name)?.outputs ?? []);
    return outputs.flatMap((text) => {
      const parsed = parsePattern(text);
      return parsed.ok ? [parsed.pattern] : [];
    });
  };
}
