import type { Workspace, WorkspacePackage } from "../../../graph/workspace/package.ts";
import { defaultInputs } from "../default-inputs.ts";
import type { OverrideDraft, PackageTaskDraft, TaskDraft } from "../draft.ts";
import { keyOf } from "../identifiers.ts";
import type { Repository } from "../repository.ts";
import { ownTasks } from "../stacks/node.ts";
import { nodeOutputs } from "../stacks/node-outputs.ts";
import { isPlaceholder, Scripts } from "../stacks/node-scripts.ts";
import { type Source, stageOf, type Takeover } from "./takeover.ts";

/** Scripts that nearly always mean the same, with what they need. `^`: of the packages that a package depends on. */
const usual = [
  { name: "build", needs: ["^build"] },
  { name: "lint", needs: [] },
  { name: "typecheck", needs: ["^build"] },
  { name: "type-check", needs: ["^build"] },
  { name: "check-types", needs: ["^build"] },
  { name: "test", needs: ["build", "^build"] },
] as const;

/** A workspace without a task runner: the usual scripts of its packages. */
export function takeOverScripts(source: Source): Takeover | undefined {
  const { packages } = source.workspace;
  const inPackages = packages.filter(({ folder }) => folder !== "");
  const found = usual.filter(({ name }) => inPackages.some((each) => hasScript(each, name)));
  if (found.length === 0) return undefined;
  const names = new Set<string>(found.map(({ name }) => name));
  const drafts = found.map(({ name, needs }) =>
    draft(
      source,
      name,
      needs.filter((need) => names.has(need.replace("^", ""))),
    ),
  );
  return { found: "workspace", tasks: rootTasks(source, names), packages: drafts, remarks: [], left: [] };
}

/** Those of the project itself; a task of the packages may have the same name. */
function rootTasks({ repository, workspace }: Source, inPackages: ReadonlySet<string>): TaskDraft[] {
  const rename = (name: string) => (inPackages.has(name) ? `root-${name}` : name);
  return ownTasks(repository).map(({ outputs: _outputs, uncached: _uncached, needs = [], ...task }) => {
    const written = task.name === "build" ? builtFolders(repository, workspace) : [];
    const isUnknown = task.name === "build" && written.length === 0;
    return {
      ...task,
      ...(isUnknown && { uncached: unknown }),
      ...(written.length > 0 && { outputs: written }),
      name: rename(task.name),
      needs: needs.map(rename),
    };
  });
}

/** What packages hand out that is built: a build of the whole project writes it. */
function builtFolders(repository: Repository, { packages }: Workspace): string[] {
  return packages
    .filter(({ scripts }) => !Object.hasOwn(scripts, "build"))
    .flatMap(({ folder }) => nodeOutputs(repository.below(folder || "."), "").map((each) => `${folder}/${each}`));
}

function draft(source: Source, name: string, needs: readonly string[]): PackageTaskDraft {
  const having = source.workspace.packages.filter((each) => hasScript(each, name));
  const stage = stageOf(name);
  const own = having.find(({ folder }) => folder === "");
  return {
    name: keyOf(name),
    needs,
    inputs: defaultInputs(source.repository),
    ...(name === "build" && buildOutputs(source, having)),
    ...(stage !== undefined && { stage }),
    ...(own !== undefined && { packages: [`!${own.name}`] }),
  };
}

/** Where it is known what a build writes it is named; where it is not, the package's build is not cached. */
function buildOutputs(
  { repository }: Source,
  having: readonly WorkspacePackage[],
): Pick<PackageTaskDraft, "outputs" | "overrides"> {
  const inPackages = having.filter(({ folder }) => folder !== "");
  const written = new Map(
    inPackages.map(({ name, folder, scripts }) => [
      name,
      nodeOutputs(repository.below(folder), new Scripts({ scripts }).expanded("build")),
    ]),
  );
  const outputs = [...new Set([...written.values()].flat())];
  const unwritten = [...written]
    .filter(([, found]) => found.length === 0)
    .map(([name]): [string, OverrideDraft] => [name, silent]);
  return {
    ...(outputs.length > 0 && { outputs }),
    ...(unwritten.length > 0 && { overrides: Object.fromEntries(unwritten) }),
  };
}

const unknown = "list what it writes in `outputs` and it can be cached";

const silent: OverrideDraft = { outputs: [], uncached: unknown };

function hasScript({ scripts }: WorkspacePackage, name: string): boolean {
  return Object.hasOwn(scripts, name) && !isPlaceholder(scripts[name]!);
}
