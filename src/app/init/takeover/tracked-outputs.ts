import { askGit, namesIn, type Variables } from "../../../git/ask-git.ts";
import { isWithoutRepository } from "../../../git/git-commit.ts";
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
  const tasks = takeover.tasks.map((given): TaskDraft => {
    const task = withoutCommitted(given, [""], tracked);
    const found = trackedIn(task.outputs, "", tracked);
    for (const each of found) tell(left, task.name, each);
    const { outputs = [], ...rest } = { ...task, ...without(task, found) };
    return outputs.length === 0 ? rest : { ...rest, outputs };
  });
  const inPackages = takeover.packages.map((task) => withoutInPackages(task, packages, tracked, left));
  return { ...takeover, tasks, packages: inPackages, left: left.all };
}

/** What git says of its files. */
export interface FilesInGit {
  readonly files: readonly string[];
  /** That git does not say which files it tracks, and why: for people. No task is run over them until it does. */
  readonly notes: readonly string[];
}

/** Files that git tracks, relative to the folder; none where there is no repository. */
export async function filesInGit(folder: string, variables: Variables): Promise<FilesInGit> {
  const listed = await askGit(folder, ["ls-files", "-z"], { variables });
  if (listed.ok) return { files: namesIn(listed.output), notes: [] };
  if (isWithoutRepository(folder, listed)) return { files: [], notes: [] };
  const note = `Git does not answer: ${listed.sentence}. An output may hold files that it tracks. ${listed.hint}`;
  return { files: [], notes: [note] };
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

/** A check reads a file that is committed (what a linter is to overlook): it is among the inputs, and hardly ever written. */
function withoutCommitted<T extends TaskDraft | PackageTaskDraft>(
  task: T,
  folders: readonly string[],
  tracked: readonly string[],
): T {
  if (task.stage !== "verify" || task.outputs === undefined) return task;
  const committed = new Set(
    folders.flatMap((folder) =>
      trackedIn(task.outputs, folder, tracked)
        .filter(isWhole)
        .map(({ output }) => output),
    ),
  );
  const { outputs, ...rest } = task;
  const left = outputs.filter((output) => !committed.has(output));
  return (left.length > 0 ? { ...rest, outputs: left } : rest) as T;
}

/** Whether the output is just this file. */
function isWhole({ output, file }: Found): boolean {
  return file === output || file.endsWith(`/${output}`);
}

function withoutInPackages(
  given: PackageTaskDraft,
  packages: readonly WorkspacePackage[],
  tracked: readonly string[],
  left: LeftOver,
): PackageTaskDraft {
  const folders = packages.map(({ folder }) => folder);
  const task = withoutCommitted(given, folders, tracked);
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

function tell(left: LeftOver, task: string, found: Found): void {
  const { output, file } = found;
  const what = isWhole(found) ? "git tracks it" : `git tracks ${file}`;
  left.add(`${task}: outputs`, `"${output}": ${what}, and outputs are removed before each run`);
}
