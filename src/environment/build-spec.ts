import { type ResolvedConfig, type ResolvedValue, toEnvironmentVariables } from "../config/resolved.ts";
import { approvalRule, peopleIn } from "../definition/access.ts";
import type { AlertChoice } from "../definition/alert-options.ts";
import { checksIn, gateOf } from "../definition/gates.ts";
import { isProtected } from "../definition/protected.ts";
import { ageMs } from "../definition/quantity.ts";
import type { Environment, Project } from "../definition/types.ts";
import { environmentListen, environmentUrl } from "../definition/where.ts";
import type { DriverSpec } from "../drivers/driver-kind.ts";
import { driverKind } from "../drivers/registry.ts";
import { durationMs } from "../errors/duration.ts";
import type { DeploymentKind } from "../events/event.ts";
import type { ReleaseManifest } from "../release/manifest.ts";
import { limitsOf } from "../release/release-service.ts";
import { Secret, type Secrets } from "../secrets/secret.ts";
import { strategySpecOf } from "../strategies/strategies.ts";
import { isOverridden } from "./overrides.ts";
import { runsInPreviews, runsInRehearsals } from "./previews.ts";
import { resourceSpecs } from "./resource-specs.ts";
import { defaultRetention } from "./retention.ts";
import type { AlertChannel, CheckSpec, DeploymentSpec, Override, RetentionLimits, ServiceSpec } from "./spec.ts";

export interface SpecRequest {
  readonly project: Project;
  readonly environment: string;
  readonly kind: DeploymentKind;
  readonly release: { readonly digest: string; readonly manifest: ReleaseManifest };
  readonly config: ResolvedConfig;
  /** The project's, absolute. */
  readonly folder: string;
  readonly remediates?: number;
  readonly unplanned?: true;
  readonly overrides?: readonly Override[];
  /** Digests a secret's value under the project's key. */
  readonly digest: (value: string) => string;
}

export interface BuiltSpec {
  readonly spec: DeploymentSpec;
  /** Of the secret environment variables; on their way to the agent, nowhere else. */
  readonly secrets: Secrets;
}

/** How long a check may take when it does not say. */
const checkTimeoutMs = 60_000;

/** Everything a deployment needs to know: services from the release, the rest from the definition and the config. */
export function buildSpec(request: SpecRequest): BuiltSpec {
  const { project, kind, release, config } = request;
  const environment = project.environments[request.environment]!;
  const resources = resourceSpecs(project, environment, request.folder);
  const variables = Object.entries(toEnvironmentVariables(config));
  const secrets = new Map(variables.filter((entry): entry is [string, Secret] => entry[1] instanceof Secret));
  const spec: DeploymentSpec = {
    environment: request.environment,
    release: release.digest,
    kind,
    strategy: strategySpecOf(environment.strategy),
    driver: driverSpec(environment),
    url: urlOf(request.environment, environment),
    ...listenOf(request.environment, environment),
    services: servicesOf(release.manifest, environment),
    ...previewOf(release.manifest, environment),
    ...(isProtected(request.environment, environment) && { protected: true }),
    checks: checksOf(environment).filter(({ name }) => !isOverridden(request, name)),
    ...windowOf(environment),
    ...peopleOf(project, request.environment),
    ...(environment.after === undefined ? {} : { after: environment.after }),
    config: Object.fromEntries(variables.filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    secrets: Object.fromEntries([...secrets].map(([name, secret]) => [name, request.digest(secret.reveal())])),
    ...alertsOf(project, environment),
    ...(project.releases === undefined ? {} : { retention: retentionOf(project) }),
    ...(resources.length === 0 ? {} : { resources }),
    ...(request.remediates === undefined ? {} : { remediates: request.remediates }),
    ...(request.unplanned && { unplanned: true }),
    ...(request.overrides && request.overrides.length > 0 && { overrides: request.overrides }),
    ...listed(
      "typed",
      config.values.filter(({ isJson }) => isJson).map(({ key }) => key),
    ),
    ...listed(
      "set",
      config.values.filter(isSet).map(({ key }) => key),
    ),
  };
  return { spec, secrets };
}

/** Which releases the definition wants kept. */
export function retentionOf({ releases }: Pick<Project, "releases">): RetentionLimits {
  const { keep = defaultRetention.keep, maxAge } = releases ?? {};
  return { keep, maxAgeMs: maxAge === undefined ? defaultRetention.maxAgeMs : ageMs(maxAge) };
}

/** Previews come and go: nobody is woken for them. */
export function alertsOf(
  { alerts = [], heartbeat }: Pick<Project, "alerts" | "heartbeat">,
  { preview }: Pick<Environment, "preview">,
): Pick<DeploymentSpec, "alerts" | "heartbeat"> {
  if (preview !== undefined) return {};
  return {
    ...(alerts.length > 0 && { alerts: alerts.map(channelOf) }),
    ...(heartbeat && { heartbeat: { url: heartbeat.url, everyMs: durationMs(heartbeat.every) } }),
  };
}

function channelOf(choice: AlertChoice): AlertChannel {
  if (choice.kind === "secretSource") return { kind: "command", run: choice.run };
  return { kind: "webhook", url: choice.url, secret: choice.secret };
}

function isSet({ layers }: ResolvedValue): boolean {
  return layers.some(({ layer, won }) => layer === "set" && won);
}

function listed(name: "typed" | "set", keys: readonly string[]): Pick<DeploymentSpec, "typed" | "set"> {
  return keys.length === 0 ? {} : { [name]: [...keys].sort() };
}

/** Where an environment answers. */
export function urlOf(name: string, environment: Environment): string {
  return environmentUrl(name, environment.driver);
}

/** Absent: the deployment leaves both to the default, which older versions know. */
function listenOf(name: string, { driver }: Environment): Pick<DeploymentSpec, "listen"> {
  const { listen, trustProxies } = driver;
  if (listen === undefined && trustProxies === undefined) return {};
  const address = environmentListen(environmentUrl(name, driver), driver);
  return { listen: { ...address, ...(trustProxies && { trustProxies }) } };
}

function driverSpec({ driver }: Environment): DriverSpec {
  const kind = driverKind(driver.driver);
  if (kind === undefined) throw new Error(`There is no driver ${driver.driver}, although the definition was checked`);
  return kind.spec({ ...driver });
}

function servicesOf(manifest: ReleaseManifest, environment: Environment): ServiceSpec[] {
  const off = servicesOff(manifest, environment);
  return Object.entries(manifest.services)
    .filter(([name]) => !off.includes(name))
    .map(([name, { files: _, needs, ...service }]) => ({
      ...service,
      name,
      ...(needs === undefined ? {} : { needs: needs.filter((needed) => !off.includes(needed)) }),
      replicas: environment.replicas?.[name]?.value ?? service.replicas,
      ...limitsIn(environment, name),
    }));
}

/** What of a release does not run in a preview. */
function servicesOff({ services }: ReleaseManifest, { preview }: Environment): string[] {
  if (preview === undefined) return [];
  const runs = preview.rehearses ? runsInRehearsals : runsInPreviews;
  return Object.entries(services).flatMap(([name, service]) => (runs(service) ? [] : [name]));
}

function previewOf(manifest: ReleaseManifest, environment: Environment): Pick<DeploymentSpec, "preview" | "rehearses"> {
  const { preview } = environment;
  if (preview === undefined) return {};
  const { from, rehearses } = preview;
  return { preview: { from, off: servicesOff(manifest, environment) }, ...(rehearses && { rehearses: from }) };
}

function limitsIn(environment: Environment, service: string): Pick<ServiceSpec, "limits"> {
  const own = environment.limits?.[service]?.value;
  return own === undefined ? {} : { limits: limitsOf(own) };
}

function checksOf(environment: Environment): CheckSpec[] {
  return checksIn(environment.gates).map(({ name, run, timeout }) => ({
    name,
    run,
    timeoutMs: timeout === undefined ? checkTimeoutMs : durationMs(timeout),
  }));
}

/** Who has to agree, and who may deploy. A preview asks nobody. */
function peopleOf(project: Project, name: string): Pick<DeploymentSpec, "approval" | "operators"> {
  if (project.environments[name]?.preview !== undefined) return {};
  const [approval, operators] = [approvalRule(project, name), peopleIn(project, name, "operators")];
  return { ...(approval && { approval }), ...(operators && { operators }) };
}

/** What the gate says, without why. */
export function windowOf({ gates }: Pick<Environment, "gates">): Pick<DeploymentSpec, "window"> {
  const gate = gateOf(gates, "window");
  return gate === undefined ? {} : { window: { deny: gate.deny, timeZone: gate.timeZone } };
}
