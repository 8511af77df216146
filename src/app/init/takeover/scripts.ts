import type { WorkspacePackage } from "../../../graph/workspace/package.ts";
import type { OverrideDraft, PackageTaskDraft } from "../draft.ts";
import { nodeOutputs } from "../stacks/node-outputs.ts";
import { defaultInputs } from "./default-inputs.ts";
import { keyOf, type Source, stageOf, type Takeover } from "./takeover.ts";

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
  return { found: "workspace", tasks: [], packages: drafts, remarks: [], left: [] };
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
    inPackages.map(({ name, folder, scripts }) => [name, nodeOutputs(repository.below(folder), scripts.build!)]),
  );
  const outputs = [...new Set([...written.values()].flat())];
  const unknown = [...written]
    .filter(([, found]) => found.length === 0)
    .map(([name]): [string, OverrideDraft] => [name, silent]);
  return {
    ...(outputs.length > 0 && { outputs }),
    ...(unknown.length > 0 && { overrides: Object.fromEntries(unknown) }),
  };
}

const silent: OverrideDraft = { outputs: [], uncached: "say in `outputs` what it writes, then it can be cached" };

/** `npm init` writes a test that always fails. */
function hasScript({ scripts }: WorkspacePackage, name: string): boolean {
  return Object.hasOwn(scripts, name) && !/no test specified/.test(scripts[name]!);
}
