import type { WorkspacePackage } from "../../../graph/workspace/package.ts";
import type { OverrideDraft, PackageTaskDraft } from "../draft.ts";
import { nodeOutputs } from "../stacks/node-outputs.ts";
import { Scripts } from "../stacks/node-scripts.ts";
import { stepsOf } from "../steps.ts";
import type { Source, Takeover } from "./takeover.ts";

/** A package, what its build comes to, and where that writes as far as it is known. */
interface Build {
  readonly name: string;
  readonly command: string;
  readonly written: readonly string[];
}

/**
 * Adds what the packages' builds are known to write to outputs that do not name it: turbo takes a list that was copied from
 * another project for one that matches nothing, and restores nothing. Here a build without any of its outputs would be a
 * failure, and a release without them would hold no program. A build that only looks is given no outputs.
 */
export function withWrittenOutputs(takeover: Takeover | undefined, source: Source): Takeover | undefined {
  if (takeover === undefined) return undefined;
  const remarks: string[] = [];
  const packages = takeover.packages.map((task) => {
    const builds = isBuild(task) ? buildsOf(task, source) : [];
    const unsaid = builds.flatMap(({ name, written }) =>
      written.filter((folder) => !isSaid(folder, task.outputs ?? [])).map((folder) => ({ name, folder })),
    );
    if (unsaid.length > 0) remarks.push(remarkOn(takeover.found, task, unsaid));
    const isNew = (task.outputs ?? []).length === 0;
    return withSilent(withOutputs(task, unsaid), builds, isNew);
  });
  return { ...takeover, packages, remarks: [...takeover.remarks, ...remarks] };
}

function isBuild({ name, script, run, uncached }: PackageTaskDraft): boolean {
  return run === undefined && uncached === undefined && /^(build|compile|bundle)([:-]|$)/.test(script ?? name);
}

/** Of packages that do not say otherwise themselves. */
function buildsOf(task: PackageTaskDraft, { repository, workspace }: Source): Build[] {
  const script = task.script ?? task.name;
  const isPlain = ({ name, folder, scripts }: WorkspacePackage) =>
    folder !== "" &&
    Object.hasOwn(scripts, script) &&
    task.overrides?.[name]?.outputs === undefined &&
    task.overrides?.[name]?.run === undefined;
  return workspace.packages.filter(isPlain).map(({ name, folder, scripts }) => {
    const command = new Scripts({ scripts }).expanded(script);
    return { name, command, written: nodeOutputs(repository.below(folder), command) };
  });
}

/** Whether an output names the folder, a part of it, or one around it. */
function isSaid(folder: string, outputs: readonly string[]): boolean {
  return outputs.some((output) => folder.startsWith(output) || output.startsWith(folder) || /[*?{[]/.test(output));
}

function withOutputs(task: PackageTaskDraft, unsaid: readonly { readonly folder: string }[]): PackageTaskDraft {
  if (unsaid.length === 0) return task;
  return { ...task, outputs: [...new Set([...(task.outputs ?? []), ...unsaid.map(({ folder }) => folder)])] };
}

const looks = /^(echo\b.*|true|exit 0|(vue-)?tsc\b.*--noEmit\b.*|eslint\b.*|prettier\b.*--check\b.*)$/;

const unknown = "list what it writes in `outputs` and it can be cached";

/**
 * Those that write nothing need none of the outputs that others write. `isNew`: nobody named any, so that those of which it is
 * not known where they write need none either.
 */
function withSilent(task: PackageTaskDraft, builds: readonly Build[], isNew: boolean): PackageTaskDraft {
  const onlyLooks = (command: string) => stepsOf(command).every((step) => looks.test(step));
  const silent = builds.filter(({ command, written }) => written.length === 0 && (isNew || onlyLooks(command)));
  if (silent.length === 0 || (task.outputs ?? []).length === 0) return task;
  const entries = silent.map(({ name, command }): [string, OverrideDraft] => [
    name,
    { ...task.overrides?.[name], outputs: [], ...(!onlyLooks(command) && { uncached: unknown }) },
  ]);
  return { ...task, overrides: { ...task.overrides, ...Object.fromEntries(entries) } };
}

function remarkOn(
  file: string,
  { name }: PackageTaskDraft,
  unsaid: readonly { readonly name: string; readonly folder: string }[],
): string {
  const folders = [...new Set(unsaid.map(({ folder }) => folder))].join(", ");
  const names = [...new Set(unsaid.map((each) => each.name))];
  const some = names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
  return `${file} does not name ${folders} among the outputs of "${name}", where it goes in ${some}: added here.`;
}
