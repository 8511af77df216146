import { posix } from "node:path";
import type { Workspace, WorkspacePackage } from "../../../graph/workspace/package.ts";
import { applicationFolders } from "../application-folders.ts";
import type { Left, ServiceDraft, StackDraft, TaskDraft } from "../draft.ts";
import { hostLabelOf, keyOf } from "../identifiers.ts";
import { inFolder } from "../in-folder.ts";
import type { Repository } from "../repository.ts";
import { nodeStack } from "./node.ts";
import { nodeManager } from "./node-manager.ts";
import { nodeOutputs } from "./node-outputs.ts";
import { Scripts } from "./node-scripts.ts";
import { type FoundServices, nodeServices } from "./node-services.ts";

const mostFolders = 6;

/** Applications that stand in folders side by side, `client/` and `server/`, with nothing of Node around them. */
export function nodeFolders(repository: Repository): StackDraft | undefined {
  if (repository.has("package.json")) return undefined;
  const folders = applicationFolders(repository)
    .filter((entry) => repository.has(`${entry}package.json`))
    .map((entry) => entry.slice(0, -1));
  if (folders.length === 0 || folders.length > mostFolders) return undefined;
  const stacks = folders.map((folder) => ({ folder, stack: nodeStack(repository.below(folder))! }));
  const services = stacks.flatMap(({ folder, stack }) =>
    (stack.services ?? []).map((service) => placedService(service, folder, [])),
  );
  return {
    found: `${stacks[0]!.stack.found} in ${folders.join(", ")}`,
    isNamed: true,
    tasks: stacks.flatMap(({ folder, stack }) => stack.tasks.map((task) => placedTask(task, folder))),
    services: withHosts(services),
    left: stacks.flatMap(({ folder, stack }) => (stack.left ?? []).map((each) => placedLeft(each, folder))),
  };
}

/**
 * The services of a workspace's packages, each named after its folder. `inferred`: what the build of a package comes to that
 * has no script for it.
 */
export function workspaceServices(
  repository: Repository,
  workspace: Workspace,
  inferred: (project: Repository) => string,
): FoundServices {
  const inPackages = workspace.packages.filter(({ folder }) => folder !== "");
  const applications = inPackages.filter(({ folder }) => !shown.test(folder));
  const isPnpm = nodeManager(repository).name === "pnpm";
  const found = applications.map((each) => {
    const below = repository.below(each.folder);
    const scripts = new Scripts({ scripts: each.scripts });
    const build = scripts.expanded("build") || inferred(below);
    const outputs = nodeOutputs(below, build);
    const { services, left } = nodeServices({ repository: below, scripts, build, outputs, hasModules: false });
    const modules = ["node_modules/", ...(isPnpm && below.has("package.json") ? [`${each.folder}/node_modules/`] : [])];
    const shared = [...modules, ...needed(each, inPackages).map(({ folder }) => `${folder}/`)];
    return {
      services: services.map((service) => placedService(service, each.folder, shared)),
      left: left.map((one) => placedLeft(one, each.folder)),
    };
  });
  return {
    services: withHosts(found.flatMap(({ services }) => services)),
    // What a library or a tool starts is nobody's service.
    left: found.flatMap(({ left }) => left).filter(({ why }) => !/server for development/.test(why)),
  };
}

/** Packages that show or try something, and serve nobody. */
const shown =
  /(^|\/)(examples?|playgrounds?|fixtures?|templates?|demos?|samples?|bench(marks?)?|e2e|tests?|tooling|storybook)([-/]|$)/;

/** The packages of the workspace that a package depends on, directly or through others. */
function needed(each: WorkspacePackage, packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  const names = new Set(each.dependencies);
  for (const name of names) {
    for (const further of packages.find((one) => one.name === name)?.dependencies ?? []) names.add(further);
  }
  return packages.filter(({ name }) => names.has(name) && name !== each.name);
}

function placedTask(task: TaskDraft, folder: string): TaskDraft {
  const name = (own: string) => keyOf(`${posix.basename(folder)}-${own}`);
  const { needs, inputs, outputs } = task;
  const isManaged = /^((\w+=\S+) )*(npm|pnpm|yarn|bun) /.test(task.run);
  return {
    ...task,
    name: name(task.name),
    run: inFolder(folder, isManaged ? task.run : `PATH="$PWD/node_modules/.bin:$PATH" && ${task.run}`),
    ...(needs && { needs: needs.map(name) }),
    ...(inputs && { inputs: inputs.map((pattern) => placed(pattern, folder)) }),
    ...(outputs && { outputs: outputs.map((pattern) => placed(pattern, folder)) }),
  };
}

/** `shared`: what stands elsewhere in the project and belongs in the release. */
function placedService(service: ServiceDraft, folder: string, shared: readonly string[]): ServiceDraft {
  const name = keyOf(posix.basename(folder));
  if ("static" in service) return { ...service, name, static: placed(service.static, folder) };
  const up = shared.length > 0 ? `:$PWD/${posix.relative(folder, "")}/node_modules/.bin` : "";
  const placedCommand = (command: string) => {
    const plain = command.replace(/(^|\s)node_modules\/\.bin\//, "$1");
    return inFolder(folder, plain === command ? command : `PATH="$PWD/node_modules/.bin${up}:$PATH" && ${plain}`);
  };
  const files = [...service.files.map((pattern) => placed(pattern, folder)), ...shared];
  return {
    ...service,
    name,
    run: placedCommand(service.run),
    files: [...new Set(files)],
    ...(service.migrate !== undefined && { migrate: placedCommand(service.migrate) }),
  };
}

function placedLeft({ where, why }: Left, folder: string): Left {
  return { where: `${folder}/${where}`, why };
}

function placed(pattern: string, folder: string): string {
  return pattern.startsWith("!") ? `!${folder}/${pattern.slice(1)}` : `${folder}/${pattern}`;
}

const front = /^(web|www|app|frontend|front|client|site|nextjs|ui|dashboard)$/;

/** One service answers at the environment's own name, the others at names in front of it. */
export function withHosts(services: readonly ServiceDraft[]): ServiceDraft[] {
  const main = services.find(({ name }) => front.test(name)) ?? services.find((one) => "static" in one) ?? services[0];
  return services.map(({ host: _host, ...service }) =>
    service.name === main?.name ? service : { ...service, host: hostLabelOf(service.name) },
  );
}
