import { createHash } from "node:crypto";
import type { RehearseCall } from "../../agent/protocol/protocol.ts";
import { previewSecrets } from "../../config/preview-secrets.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig } from "../../config/resolve.ts";
import type { Project, RehearsalData } from "../../definition/types.ts";
import { buildSpec } from "../../environment/build-spec.ts";
import { rehearsalMs, rehearsalName, runsInRehearsals, withRehearsal } from "../../environment/previews.ts";
import { broughtBy, type DeploymentSpec, specOf } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import type { EnvironmentAbout } from "../../records/resource.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import type { SecretProvider } from "../../secrets/provider.ts";
import { Secret, type Secrets } from "../../secrets/secret.ts";
import { servingIn } from "../../store/serving.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Session } from "../session.ts";

export interface ToRehearse {
  readonly environment: string;
  readonly release: ReleaseRecord;
  readonly data: RehearsalData;
}

/**
 * What the agent has to know to rehearse a release for an environment; `undefined`: nothing serves there, or the same release, so
 * that there is nothing to go back to. No secret of any environment is read: those there have values that are made up.
 */
export async function prepareRehearsal(
  session: Session,
  { environment, release, data }: ToRehearse,
): Promise<Result<RehearseCall | undefined>> {
  const serving = await servingIn(session.store, environment);
  if (!serving.ok) return serving;
  if (serving.value === undefined || serving.value.release === release.digest) return ok(undefined);
  const served = specOf(serving.value);
  if (!served.ok) return served;
  const rehearsal = rehearsalName(environment);
  const { project, standIns, leftOut } = await withStandIns(session, environment, rehearsal);
  const next = await newSpec(session, project, { rehearsal, release });
  if (!next.ok) return next;
  const old = oldSpec(served.value, next.value.spec);
  const secrets = new Map([...next.value.secrets, ...ownSecrets(session, old, next.value.secrets)]);
  const key = readProjectKey(`${session.stateFolder}/key`);
  const digests = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, key.digest(secrets.get(name)!.reveal())]));
  const both = {
    old: { ...old, secrets: digests(Object.keys(old.secrets)) },
    new: next.value.spec,
  };
  return ok({
    environment,
    rehearsal,
    about: aboutOf(session, environment, data, next.value.spec),
    ...both,
    secrets,
    standIns: [...new Set([...standIns, ...Object.keys(old.secrets)])].sort(),
    leftOut,
    key: keyOf(both, data),
  });
}

/** The project with the throw-away environment, without the secrets for which no made-up value will do. */
async function withStandIns(session: Session, environment: string, rehearsal: string) {
  const project = withRehearsal(session.project, environment, rehearsal, session.ports.now());
  const readings = (await readSecrets(project, standInsFor(session, project), [rehearsal])).get(rehearsal) ?? new Map();
  const standing = (state: string) => [...readings].flatMap(([key, reading]) => (reading.state === state ? [key] : []));
  const leftOut = standing("missing").sort();
  const config = Object.fromEntries(Object.entries(project.config).filter(([key]) => !leftOut.includes(key)));
  return { project: { ...project, config }, standIns: standing("found"), leftOut };
}

function standInsFor({ stateFolder }: Session, project: Project): SecretProvider {
  const nothing: SecretProvider = { read: async (requests) => requests.map(() => ({ state: "missing", hint: "" })) };
  return previewSecrets(nothing, project, (purpose) => readProjectKey(`${stateFolder}/key`).derive(purpose));
}

interface Wanted {
  readonly rehearsal: string;
  readonly release: ReleaseRecord;
}

async function newSpec(session: Session, project: Project, { rehearsal, release }: Wanted) {
  const manifest = await readManifest(release.digest, session.blobs);
  if (!manifest.ok) return manifest;
  const secrets = await readSecrets(project, standInsFor(session, project), [rehearsal]);
  const config = await resolveConfig(project, rehearsal, secrets.get(rehearsal));
  if (!config.ok) return failed(...(await session.locate(config.problems)));
  const key = readProjectKey(`${session.stateFolder}/key`);
  const built = buildSpec({
    project,
    folder: session.folder,
    environment: rehearsal,
    kind: "deploy",
    release: { digest: release.digest, manifest: manifest.value },
    config: config.value,
    digest: (value) => key.digest(value),
  });
  return ok({ ...built, spec: played(built.spec) });
}

/** As it is tried out: one instance of each service, the strategy that waits for nothing, and nobody is alerted of what fails there. */
function played({ alerts: _, heartbeat: __, ...spec }: DeploymentSpec): DeploymentSpec {
  const services = spec.services.map((service) => ({ ...service, replicas: Math.min(service.replicas, 1) }));
  const strategy = spec.strategy.strategy === "recreate" ? spec.strategy : ({ strategy: "rolling", batch: 1 } as const);
  return { ...spec, services, strategy };
}

/** What serves, where the new release is tried out: with its own services and config, beside the same data. */
function oldSpec(served: DeploymentSpec, next: DeploymentSpec): DeploymentSpec {
  const { protected: _, set: __, listen: ___, ...rest } = broughtBy(served);
  const runs = served.services.filter(runsInRehearsals);
  const off = served.services.filter((service) => !runs.includes(service)).map(({ name }) => name);
  const isOwn = (resource: NonNullable<DeploymentSpec["resources"]>[number]) =>
    !("external" in resource) && !next.resources?.some(({ name }) => name === resource.name);
  const resources = [...(next.resources ?? []), ...(served.resources ?? []).filter(isOwn)];
  const urls = new Set(
    (served.resources ?? []).flatMap((one) => ("external" in one ? Object.values(one.external!) : [])),
  );
  const config = Object.entries(served.config).map(([key, text]) => [key, text === served.url ? next.url : text]);
  return played({
    ...rest,
    environment: next.environment,
    kind: "deploy",
    url: next.url,
    ...(next.listen && { listen: next.listen }),
    services: runs.map((service) => ({
      ...service,
      ...(service.needs && { needs: service.needs.filter((name) => !off.includes(name)) }),
    })),
    checks: next.checks,
    config: Object.fromEntries(config),
    secrets: Object.fromEntries(Object.entries(served.secrets).filter(([key]) => !urls.has(key))),
    ...(resources.length > 0 && { resources }),
    preview: { from: next.preview!.from, off },
    rehearses: next.preview!.from,
  });
}

/** Values for secrets that only the release has that serves: what nobody can guess, and nobody else has. */
function ownSecrets({ stateFolder }: Session, old: DeploymentSpec, known: Secrets): [string, Secret][] {
  const key = readProjectKey(`${stateFolder}/key`);
  return Object.keys(old.secrets)
    .filter((name) => !known.has(name))
    .map((name) => [name, new Secret(key.derive(`rehearsal secret ${old.environment} ${name}`).reveal())]);
}

function aboutOf(
  { ports }: Session,
  from: string,
  data: RehearsalData,
  { resources = [] }: DeploymentSpec,
): EnvironmentAbout {
  const now = ports.now();
  return {
    createdAt: now,
    state: "creating",
    protected: false,
    resources: [...resources],
    preview: { from, rehearses: true, ttlMs: rehearsalMs, endsAt: now + rehearsalMs, data },
  };
}

/** Of everything that a rehearsal's result depends on, but for the data. Made-up secrets are others each time. */
function keyOf(specs: { readonly old: DeploymentSpec; readonly new: DeploymentSpec }, data: RehearsalData): string {
  const of = ({ release, services, checks, config, secrets, resources = [], strategy, preview }: DeploymentSpec) => ({
    ...{ release, checks, config, strategy, preview },
    services: services.map(({ name, limits }) => ({ name, limits })),
    secrets: Object.keys(secrets).sort(),
    resources: resources.map((resource) => ({ ...resource, backup: undefined })),
  });
  const text = canonicalJson(plain({ v: 1, data, old: of(specs.old), new: of(specs.new) }));
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** Without what is not there. */
function plain(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
