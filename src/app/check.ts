import { declarationsOf } from "../config/declare.ts";
import { readSecrets } from "../config/read-secrets.ts";
import { validateProject } from "../definition/check/validate.ts";
import { checkTypes } from "../definition/compile/types-check.ts";
import { type LoadedProject, loadProject } from "../definition/load/load.ts";
import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import { declarationProblems } from "../environment/parity/problems.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Graph } from "../graph/graph.ts";
import { projectGraph } from "../graph/project-graph.ts";
import { checkServiceFiles } from "../release/check-files.ts";
import { checkPipeline } from "../run/check.ts";
import { projectSecrets } from "../secrets/providers/project-secrets.ts";
import { type Judgement, judgeConfig } from "./config/judge-config.ts";
import { foresee } from "./foresee/foresee.ts";
import { placeOf } from "./open-project.ts";
import { readPolicy } from "./parity/policy.ts";
import type { Ports } from "./ports.ts";
import { type NodeStanding, nodeStanding, unclear } from "./project-node.ts";
import { portsTakenAt } from "./taken-ports.ts";

export interface Checked {
  readonly project: string;
  readonly tasks: number;
  readonly services: number;
  readonly environments: number;
  /** What could not be checked. Never hidden. */
  readonly skipped: readonly Skipped[];
  /** What a deployment from here would stumble over, and that may be otherwise elsewhere or tomorrow. */
  readonly warnings: readonly Failure[];
}

export interface Skipped {
  readonly what: string;
  readonly because: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Everything that can be known without running. `withoutSecrets`: their values are not looked for. */
export async function check(
  ports: Pick<Ports, "folder" | "env" | "now">,
  { withoutSecrets }: { readonly withoutSecrets: boolean },
): Promise<Result<Checked>> {
  const loaded = await loadProject(ports.folder);
  return loaded.ok ? checkProject(loaded.value, ports, withoutSecrets) : loaded;
}

async function checkProject(
  loaded: LoadedProject,
  { env, now }: Pick<Ports, "env" | "now">,
  withoutSecrets: boolean,
): Promise<Result<Checked>> {
  const { project } = loaded;
  const secrets = withoutSecrets ? undefined : env;
  const [types, judged] = await Promise.all([checkTypes(loaded), judge(loaded, { env, now: now() }, secrets)]);
  const { problems, unreadable, warnings, graph } = judged;
  const located = await loaded.locate(problems);
  const node = nodeStanding({ folder: loaded.folder, env });
  const failures = [
    ...located,
    ...(types.ok ? [] : elsewhere(types.failures, located)),
    ...(node.stands === "unclear" ? [unclear(node.said)] : []),
  ];
  if (failures.length > 0) return failed(...failures);
  return ok({
    project: project.name,
    tasks: graph.size,
    services: Object.keys(project.services).length,
    environments: Object.keys(project.environments).length,
    skipped: [
      ...(types.ok && types.value !== "checked" ? [{ what: "types", because: types.value.skipped }] : []),
      ...(secrets === undefined && hasSecrets(project) ? [{ what: "secrets", because: "as asked" }] : []),
      ...unreadable,
    ],
    warnings: [
      ...(await loaded.locate([...warnings, ...(await portsTakenAt(placeOf(loaded, { env }), project))])),
      ...(node.stands === "missing" ? [missing(node)] : []),
    ],
  });
}

function missing({ said: { text, from }, first }: Extract<NodeStanding, { stands: "missing" }>): Failure {
  return {
    code: "node-missing",
    message: `${from} says Node ${text}, which is not on this machine${first === undefined ? "" : ` (PATH has ${first})`}`,
    hint: "Nothing needs to be done: the next run fetches it through npm, once for all projects.",
  };
}

interface Judged extends Judgement {
  readonly warnings: readonly Problem[];
  readonly graph: Graph;
}

/** `secrets`: where to look for them; `undefined`: don't. What the rooms below find wrong is only of interest in a definition that is whole. */
async function judge(
  { project, folder }: LoadedProject,
  { env, now }: { readonly env: Variables; readonly now: number },
  secrets: Variables | undefined,
): Promise<Judged> {
  const invalid = validateProject(project);
  if (invalid.length > 0) return { problems: invalid, unreadable: [], warnings: [], graph: new Map() };
  const found = secrets && (await readSecrets(project, projectSecrets(project, folder, secrets)));
  const { problems, unreadable } = await judgeConfig(project, found);
  const pipeline = await checkPipeline(project, folder);
  const { graph } = await projectGraph(project, folder);
  const missing = checkServiceFiles(project, folder);
  const foreseen = foresee({ project, folder, graph, variables: env });
  return {
    problems: [
      ...pipeline,
      ...missing,
      ...foreseen.problems,
      ...problems,
      ...declarationProblems((await readPolicy(project, now)).declared),
    ],
    unreadable,
    warnings: foreseen.warnings,
    graph,
  };
}

/** A mistake that both found is told once, in the words that were written for it and not in the compiler's. */
function elsewhere(types: readonly Failure[], located: readonly Failure[]): Failure[] {
  const lines = new Set(located.map(({ location }) => `${location?.file}:${location?.line}`));
  return types.filter(({ location }) => !lines.has(`${location?.file}:${location?.line}`));
}

function hasSecrets(project: Project): boolean {
  return declarationsOf(project).some((declaration) => declaration.kind === "secret");
}
