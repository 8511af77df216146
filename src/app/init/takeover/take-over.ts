import type { Variables } from "../../../git/ask-git.ts";
import type { Workspace } from "../../../graph/workspace/package.ts";
import { readWorkspace } from "../../../graph/workspace/read-workspace.ts";
import { defaultInputs } from "../default-inputs.ts";
import type { Draft, Left } from "../draft.ts";
import { objectOf, parseRelaxedJson } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";
import { nodeStack } from "../stacks/node.ts";
import { withHosts, workspaceServices } from "../stacks/node-folders.ts";
import { nodeManager } from "../stacks/node-manager.ts";
import type { FoundServices } from "../stacks/node-services.ts";
import { takeOverNx } from "./nx.ts";
import { inferredBuild } from "./nx-plugins.ts";
import { nxProjects } from "./nx-projects.ts";
import { withPresentInputs } from "./present-inputs.ts";
import { takeOverScripts } from "./scripts.ts";
import { withSoleOutputs } from "./sole-outputs.ts";
import type { Source, Takeover } from "./takeover.ts";
import { withTornOutputs } from "./torn-outputs.ts";
import { filesInGit, withoutTrackedOutputs } from "./tracked-outputs.ts";
import { takeOverTurbo } from "./turbo.ts";
import { takeOverWireit } from "./wireit.ts";
import { withInstall } from "./with-install.ts";
import { withWrittenOutputs } from "./written-outputs.ts";

/** What a repository with packages, or with another task runner's configuration, becomes; `undefined` when it is neither. */
export async function takeOver(
  repository: Repository,
  folder: string,
  variables: Variables,
): Promise<Omit<Draft, "name"> | undefined> {
  if (!repository.has("package.json")) return undefined;
  const source = { repository, workspace: await workspaceOf(repository, folder) };
  const described = withWrittenOutputs(takeOverTurbo(source) ?? takeOverNx(source), source);
  const found = described ?? takeOverWireit(source) ?? takeOverScripts(source);
  if (found === undefined || found.tasks.length + found.packages.length === 0) return undefined;
  const { files, notes } = await filesInGit(folder, variables);
  const present = withSoleOutputs(withPresentInputs(found, folder), source.workspace);
  const kept = withoutTrackedOutputs(present, source.workspace, files);
  const draft = draftOf(source, withInstall(withTornOutputs(kept), source), servicesOf(source));
  return notes.length === 0 ? draft : { ...draft, notes: [...(draft.notes ?? []), ...notes] };
}

/** Of the packages, and of nx's projects that are none; of the project itself where there are neither. */
function servicesOf(source: Source): FoundServices {
  const { repository, workspace } = source;
  const nx = objectOf(parseRelaxedJson(repository.read("nx.json")));
  const ofProjects = repository.has("nx.json") ? nxProjects(source, nx).services() : [];
  if (workspace.packages.some(({ folder }) => folder !== "")) {
    const found = workspaceServices(repository, workspace, (project) => inferredBuild(nx, project));
    return { ...found, services: withHosts([...found.services, ...ofProjects]) };
  }
  if (ofProjects.length > 0) return { services: ofProjects, left: [] };
  const { services = [], left = [] } = nodeStack(repository) ?? {};
  return { services, left: services.length === 0 ? left.filter(({ where }) => where.endsWith(".start")) : [] };
}

function draftOf({ repository }: Source, takeover: Takeover, found: FoundServices): Omit<Draft, "name"> {
  const left = [...takeover.left, ...found.left];
  const manager = nodeManager(repository);
  const files = defaultInputs(repository);
  return {
    found: [takeover.found, `Node (${manager.name})`],
    tasks: takeover.tasks,
    packages: takeover.packages,
    ...(uses(takeover, files) && { files }),
    remarks: [...takeover.remarks, ...leftRemarks(left)],
    left,
    services: found.services,
  };
}

/** The same for people who read the definition. */
export function leftRemarks(left: readonly Left[]): string[] {
  return left.map(({ where, why }) => `Not carried over: ${where}: ${why}`);
}

/** One task alone says it itself. */
function uses({ tasks, packages }: Takeover, files: readonly string[]): boolean {
  const using = [...tasks, ...packages].filter(({ inputs = [] }) =>
    files.every((file, index) => inputs[index] === file),
  );
  return using.length > 1 && files.length > 1;
}

async function workspaceOf(repository: Repository, folder: string): Promise<Workspace> {
  const hasOne = "workspaces" in repository.readJson("package.json") || repository.has("pnpm-workspace.yaml");
  return hasOne ? (await readWorkspace(folder)).workspace : { packages: [] };
}
