import { declarationsOf } from "../config/declare.ts";
import { readSecrets } from "../config/read-secrets.ts";
import { validateProject } from "../definition/check/validate.ts";
import { checkTypes } from "../definition/compile/types-check.ts";
import { type LoadedProject, loadProject } from "../definition/load/load.ts";
import type { Project } from "../definition/types.ts";
import { declarationProblems } from "../environment/parity/problems.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { projectGraph } from "../graph/project-graph.ts";
import { checkServiceFiles } from "../release/check-files.ts";
import { checkPipeline } from "../run/check.ts";
import { projectSecrets } from "../secrets/providers/project-secrets.ts";
import { type Judgement, judgeConfig } from "./config/judge-config.ts";
import { placeOf } from "./open-project.ts";
import { readPolicy } from "./parity/policy.ts";
import type { Ports } from "./ports.ts";
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
  const [types, { problems, unreadable }] = await Promise.all([checkTypes(loaded), judge(loaded, now(), secrets)]);
  const located = await loaded.locate(problems);
  const failures = [...located, ...(types.ok ? [] : elsewhere(types.failures, located))];
  if (failures.length > 0) return failed(...failures);
  return ok({
    project: project.name,
    tasks: (await projectGraph(project, loaded.folder)).graph.size,
    services: Object.keys(project.services).length,
    environments: Object.keys(project.environments).length,
    skipped: [
      ...(types.ok && types.value !== "checked" ? [{ what: "types", because: types.value.skipped }] : []),
      ...(secrets === undefined && hasSecrets(project) ? [{ what: "secrets", because: "as asked" }] : []),
      ...unreadable,
    ],
    warnings: await loaded.locate(await portsTakenAt(placeOf(loaded, { env }), project)),
  });
}

/** `secrets`: where to look for them; `undefined`: don't. What the rooms below find wrong is only of interest in a definition that is whole. */
async function judge(
  { project, folder }: LoadedProject,
  now: number,
  secrets: Variables | undefined,
): Promise<Judgement> {
  const invalid = validateProject(project);
  if (invalid.length > 0) return { problems: invalid, unreadable: [] };
  const found = secrets && (await readSecrets(project, projectSecrets(project, folder, secrets)));
  const { problems, unreadable } = await judgeConfig(project, found);
  return {
    problems: [
      ...(await checkPipeline(project, folder)),
      ...checkServiceFiles(project, folder),
      ...problems,
      ...declarationProblems((await readPolicy(project, now)).declared),
    ],
    unreadable,
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
