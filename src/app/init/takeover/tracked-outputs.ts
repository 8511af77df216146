import { askGit, namesIn, type Variables } from "../../../git/ask-git.ts";
import { matches, parsePattern } from "../../../graph/patterns/pattern.ts";
import type { Workspace, WorkspacePackage } from "../../../graph/workspace/package.ts";
import type { OverrideDraft, PackageTaskDraft, TaskDraft } from "../draft.ts";
import { LeftOver, type Takeover } from "./takeover.ts";

/**
 * Takes out outputs in which git tracks files: what somebody wrote would be removed before the task runs. Such a task
 * always runs; whoever needs it reads what it writes as files.
 */
export function withoutTrackedOutputs(
  takeover: Takeover,
  { packages }: Workspace,
  tracked: readonly string[],
): Takeover {
  if (tracked.length === 0) return takeover;
  const left = new LeftOver();
  for (const each of takeover.left) left.add(each.where, each.why);
  const tasks = takeover.tasks.map((task): TaskDraft => {
    const found = trackedIn(task.outputs, "", tracked);
    for (const each of found) tell(left, task.name, each);
    const { outputs = [], ...rest } = { ...task, ...without(task, found) };
    return outputs.length === 0 ? rest : { ...rest, outputs };
  });
  const inPackages = takeover.packages.map((task) => withoutInPackages(task, packages, tracked, left));
  return { ...takeover, tasks, packages: inPackages, left: left.all };
}

/** Files that git tracks, relative to the folder; none where git does not answer: then no task would be run over them. */
export async function filesInGit(folder: string, variables: Variables): Promise<readonly string[]> {
  const listed = await askGit(folder, ["ls-files", "-z"], { variables });
  return listed.ok ? namesIn(listed.output) : [];
}

/** An output, and the first of the files in it. */
interface Found {
  readonly output: string;
  readonly file: string;
}

function trackedIn(outputs: readonly string[] = [], folder: string, tracked: readonly string[]): Found[] {
  return outputs.flatMap((output): Found[] => {
    const parsed = parsePattern(folder === "" ? output : `${folder}/${output}`);
    const file = parsed.ok ? tracked.find((each) => matches(parsed.pattern, each)) : undefined;
    return file === undefined ? [] : [{ output, file }];
  });
}

type Written = Pick<TaskDraft, "outputs" | "torn" | "uncached">;

function without({ outputs = [], torn = [], uncached }: Written, found: readonly Found[]): Written {
  if (found.length === 0) return {};
  const gone = found.map(({ output }) => output);
  return {
    outputs: outputs.filter((output) => !gone.includes(output)),
    torn: [...torn, ...gone],
    uncached: uncached ?? `it also writes ${gone.join(", ")}, where git tracks files`,
  };
}

function withoutInPackages(
  task: PackageTaskDraft,
  packages: readonly WorkspacePackage[],
  tracked: readonly string[],
  left: LeftOver,
): PackageTaskDraft {
  const changed = packages.flatMap(({ name, folder, scripts }): [string, OverrideDraft][] => {
    const own = task.overrides?.[name] ?? {};
    const script = own.script ?? task.script ?? task.name;
    if (task.run === undefined && own.run === undefined && !Object.hasOwn(scripts, script)) return [];
    const written: Written = { ...task, ...own };
    const found = trackedIn(written.outputs, folder, tracked);
    for (const each of found) tell(left, `${name}: ${task.name}`, each);
    return found.length === 0 ? [] : [[name, { ...own, ...without({ ...written, torn: own.torn ?? [] }, found) }]];
  });
  if (changed.length === 0) return task;
  const torn = new Set([...(task.torn ?? []), ...changed.flatMap(([, { torn: own = [] }]) => own)]);
  return { ...task, torn: [...torn], overrides: { ...task.overrides, ...Object.fromEntries(changed) } };
}

function tell(left: LeftOver, task: string, { output, file }: Found): void {
  const why = `"${output}": git tracks ${file}, and outputs are removed before each run`;
  left.add(`${task}: outputs`, why);
}
