import { checkConfig } from "../../config/check.ts";
import type { SecretDigests } from "../../config/compare-secrets.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig, type SetValues } from "../../config/resolve.ts";
import type { Problem } from "../../definition/problem.ts";
import type { Project } from "../../definition/types.ts";
import { type BuiltSpec, buildSpec } from "../../environment/build-spec.ts";
import { specOf } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { DeploymentKind } from "../../events/event.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { type ProjectKey, readProjectKey } from "../../secrets/project-key.ts";
import { servingDeployment } from "../../store/serving.ts";
import type { Session } from "../session.ts";

/** Every problem with the config of every environment; secrets of the ones that are about to be deployed to. */
export async function checkEverything(
  session: Session,
  targets: readonly string[],
  set: SetValues = new Map(),
): Promise<Result<void>> {
  const secrets = await readSecrets(session.project, session.secrets, targets);
  const key = projectKeyOf(session);
  const deployed = await deployedDigests(session, targets);
  if (!deployed.ok) return deployed;
  const known = { secrets, digest: (value: string) => key.digest(value), deployed: deployed.value };
  const withSecrets = await checkConfig(onlyWith(session, targets), known);
  const others = Object.keys(session.project.environments).filter((name) => !targets.includes(name));
  const withoutSecrets = others.length === 0 ? [] : await checkConfig(onlyWith(session, others));
  const problems = [...withSecrets, ...withoutSecrets, ...(await setProblems(session.project, targets, set))];
  return problems.length === 0 ? ok() : failed(...(await session.locate(problems)));
}

/** Of the secrets of the other environments nothing more is needed than what was kept when they were deployed. */
async function deployedDigests(
  { project, store }: Session,
  targets: readonly string[],
): Promise<Result<SecretDigests>> {
  const others = Object.keys(project.environments).filter((name) => !targets.includes(name));
  const serving = await Promise.all(
    others.map(async (name) => [name, await servingDeployment(store, await store.environment(name))] as const),
  );
  const digests = new Map<string, Readonly<Record<string, string>>>();
  for (const [name, deployment] of serving) {
    if (deployment === undefined) continue;
    const spec = specOf(deployment);
    if (!spec.ok) return spec;
    digests.set(name, spec.value.secrets);
  }
  return ok(digests);
}

function projectKeyOf({ stateFolder }: Session): ProjectKey {
  return readProjectKey(`${stateFolder}/key`);
}

/** What is set by hand and does not fit. */
async function setProblems(project: Project, targets: readonly string[], set: SetValues): Promise<readonly Problem[]> {
  const [target] = targets;
  if (target === undefined || set.size === 0) return [];
  const resolved = await resolveConfig(project, target, undefined, set);
  const byHand = (key: string | number | undefined) => typeof key === "string" && set.has(key);
  return resolved.ok ? [] : resolved.problems.filter(({ path: [first, key] }) => first === "config" && byHand(key));
}

/** What a deployment of the release to the environment would need to know. `set`: config set by hand. */
export async function prepareDeployment(
  session: Session,
  environment: string,
  digest: string,
  kind: DeploymentKind,
  set?: SetValues,
): Promise<Result<BuiltSpec>> {
  const { project, blobs } = session;
  const manifest = await readManifest(digest, blobs);
  if (!manifest.ok) return manifest;
  const secrets = await readSecrets(project, session.secrets, [environment]);
  const config = await resolveConfig(project, environment, secrets.get(environment), set);
  if (!config.ok) return failed(...(await session.locate(config.problems)));
  const key = projectKeyOf(session);
  return ok(
    buildSpec({
      project,
      environment,
      kind,
      release: { digest, manifest: manifest.value },
      config: config.value,
      digest: (value) => key.digest(value),
    }),
  );
}

function onlyWith(session: Session, names: readonly string[]) {
  const environments = Object.entries(session.project.environments).filter(([name]) => names.includes(name));
  return { ...session.project, environments: Object.fromEntries(environments) };
}
