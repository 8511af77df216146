import type { Variables } from "../../../git/ask-git.ts";
import type { Workspace } from "../../../graph/workspace/package.ts";
import { readWorkspace } from "../../../graph/workspace/read-workspace.ts";
import type { Draft, Left } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { nodeManager } from "../stacks/node-manager.ts";
import { defaultInputs } from "./default-inputs.ts";
import { takeOverNx } from "./nx.ts";
import { withPresentInputs } from "./present-inputs.ts";
import { takeOverScripts } from "./scripts.ts";
import type { Source, Takeover } from "./takeover.ts";
import { withTornOutputs } from "./torn-outputs.ts";
import { filesInGit, withoutTrackedOutputs } from "./tracked-outputs.ts";
import { takeOverTurbo } from "./turbo.ts";
import { takeOverWireit } from "./wireit.ts";

/** What a repository with packages, or with another task runner's configuration, becomes; `undefined` when it is neither. */
export async function takeOver(
  repository: Repository,
  folder: string,
  variables: Variables,
): Promise<Omit<Draft, "name" | "services"> | undefined> {
  if (!repository.has("package.json")) return undefined;
  const source = { repository, workspace: await workspaceOf(repository, folder) };
  const found = takeOverTurbo(source) ?? takeOverNx(source) ?? takeOverWireit(source) ?? takeOverScripts(source);
  if (found === undefined) return undefined;
  const kept = withoutTrackedOutputs(
    withPresentInputs(found, folder),
    source.workspace,
    await filesInGit(folder, variables),
  );
  return draftOf(source, withTornOutputs(kept));
}

function draftOf({ repository }: Source, takeover: Takeover): Omit<Draft, "name" | "services"> {
  const manager = nodeManager(repository);
  const files = defaultInputs(repository);
  return {
    found: [takeover.found, `Node (${manager.name})`],
    tasks: takeover.tasks,
    packages: takeover.packages,
    ...(uses(takeover, files) && { files }),
    remarks: [
      `Dependencies are installed beforehand, as before: ${manager.install.run}`,
      ...takeover.remarks,
      ...leftRemarks(takeover.left),
    ],
    left: takeover.left,
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
