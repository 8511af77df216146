import { checkConfig } from "../../config/check.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { type BuiltSpec, buildSpec } from "../../environment/build-spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { DeploymentKind } from "../../events/event.ts";
import { readProjectKey } from "../../pipeline/project-key.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { environmentProvider } from "../../secrets/environment-provider.ts";
import type { Session } from "./session.ts";

/** Every problem with the config of every environment; secrets of the ones that are about to be deployed to. */
export async function checkEverything(session: Session, targets: readonly string[]): Promise<Result<void>> {
  const secrets = await readSecrets(session.project, environmentProvider(session.context.env), targets);
  const withSecrets = await checkConfig(onlyWith(session, targets), secrets);
  const others = Object.keys(session.project.environments).filter((name) => !targets.includes(name));
  const withoutSecrets = others.length === 0 ? [] : await checkConfig(onlyWith(session, others));
  const problems = [...withSecrets, ...withoutSecrets];
  return problems.length === 0 ? ok() : failed(...(await session.locate(problems)));
}

/** What a deployment of the release to the environment would need to know. */
export async function prepareDeployment(
  session: Session,
  environment: string,
  digest: string,
  kind: DeploymentKind,
): Promise<Result<BuiltSpec>> {
  const { project, blobs, context, stateFolder } = session;
  const manifest = await readManifest(digest, blobs);
  if (!manifest.ok) return manifest;
  const secrets = await readSecrets(project, environmentProvider(context.env), [environment]);
  const config = await resolveConfig(project, environment, secrets.get(environment));
  if (!config.ok) return failed(...(await session.locate(config.problems)));
  const key = readProjectKey(`${stateFolder}/key`);
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
