import type { ServiceDraft, StackDraft, TaskDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";
import { type NodeManager, nodeManager } from "./node-manager.ts";
import { nodeOutputs } from "./node-outputs.ts";

type Scripts = Readonly<Record<string, string>>;

/** Names under which projects keep these scripts; the first that is there is taken. */
const scriptNames = {
  lint: ["lint"],
  typecheck: ["typecheck", "type-check", "check-types", "types"],
  build: ["build"],
  test: ["test"],
} as const;

/** npm, pnpm, yarn or bun: the scripts of package.json. */
export function nodeStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("package.json")) return undefined;
  const manifest = repository.readJson("package.json");
  const scripts = scriptsOf(manifest);
  const manager = nodeManager(repository);
  const hasPackages = ["dependencies", "devDependencies", "optionalDependencies"].some(
    (kind) => Object.keys((manifest[kind] as object | undefined) ?? {}).length > 0,
  );
  const install = hasPackages ? [manager.install] : [];
  const tasks = [...install, ...scriptTasks(repository, scripts, manager, install.length > 0)];
  return {
    found: `Node (${manager.name})`,
    ...(typeof manifest.name === "string" ? { name: manifest.name } : {}),
    tasks,
    services: services(repository, scripts, tasks),
  };
}

function scriptsOf(manifest: Readonly<Record<string, unknown>>): Scripts {
  const entries = Object.entries((manifest.scripts as object | undefined) ?? {});
  // `npm init` writes a test that always fails.
  return Object.fromEntries(
    entries.filter(([, run]) => typeof run === "string" && !/no test specified/.test(run)),
  ) as Scripts;
}

function scriptTasks(repository: Repository, scripts: Scripts, manager: NodeManager, hasInstall: boolean): TaskDraft[] {
  const named = (kind: keyof typeof scriptNames) => scriptNames[kind].find((name) => Object.hasOwn(scripts, name));
  const installs = hasInstall ? ["install"] : [];
  const build = named("build");
  const afterBuild = build === undefined ? installs : ["build"];
  const everything = sourcePatterns(repository, { withTests: true });
  const tasks: (TaskDraft | undefined)[] = [
    scriptTask("lint", named("lint"), manager, { needs: installs, inputs: everything, stage: "verify" }),
    scriptTask("typecheck", named("typecheck"), manager, { needs: installs, inputs: everything, stage: "verify" }),
    scriptTask("build", build, manager, {
      needs: installs,
      inputs: sourcePatterns(repository, { withTests: false }),
      ...outputsOf(repository, scripts[build ?? ""] ?? ""),
    }),
    scriptTask("test", named("test"), manager, { needs: afterBuild, inputs: everything, stage: "verify" }),
  ];
  return tasks.filter((task) => task !== undefined);
}

function scriptTask(
  name: string,
  script: string | undefined,
  manager: NodeManager,
  rest: Omit<TaskDraft, "name" | "run">,
): TaskDraft | undefined {
  return script === undefined ? undefined : { name, run: manager.run(script), ...rest };
}

function outputsOf(repository: Repository, script: string): Pick<TaskDraft, "outputs" | "uncached"> {
  const outputs = nodeOutputs(repository, script);
  if (outputs.length > 0) return { outputs };
  return { uncached: "say in `outputs` what it writes, then it can be cached" };
}

function services(repository: Repository, scripts: Scripts, tasks: readonly TaskDraft[]): ServiceDraft[] {
  if (scripts.start === undefined) return [];
  const outputs = tasks.flatMap((task) => task.outputs ?? []);
  const build = tasks.find((task) => task.name === "build");
  // A built service needs what was built; one that is not built runs from its sources.
  const own = build?.outputs ?? sourcePatterns(repository, { withTests: false });
  const files = [...new Set([...own, "package.json", ...outputs.filter((output) => output === "node_modules/")])];
  return [{ name: "web", run: scripts.start, files }];
}
