import { connect } from "node:net";
import { join } from "node:path";
import type { Instance } from "../drivers/driver.ts";
import { whoMayStill } from "../environment/access.ts";
import { configFromDefinition } from "../environment/drift/config.ts";
import { startedOtherwise } from "../environment/drift/instances.ts";
import { isDriftFact, rememberedDrift } from "../environment/drift/remembered.ts";
import { fleetOf, specOf } from "../environment/spec.ts";
import {
  type AwaitedApproval,
  type ConfigDrift,
  type EnvironmentStatus,
  environmentStatus,
  type Observed,
  type Overridden,
} from "../environment/status.ts";
import type { Failure } from "../errors/failure.ts";
import { ok, type Result } from "../errors/result.ts";
import { isRecord } from "../files/is-record.ts";
import { statePaths } from "../files/state-paths.ts";
import { embeddedGateway } from "../gateway/embedded/client.ts";
import type { GatewayObservation } from "../gateway/gateway.ts";
import { type KeptEvent, keptEventCodec } from "../records/event.ts";
import { approvalOf, overrideOf } from "../records/matter.ts";
import { observeResources, type SecretsFor } from "../resources/observe.ts";
import { type RecordedEvent, readJournal } from "../rollout/journal.ts";
import { probe } from "../rollout/probe.ts";
import { rolloutStanding } from "../rollout/standing.ts";
import { readProjectKey } from "../secrets/project-key.ts";
import { servingDeployment } from "../store/serving.ts";
import {
  type DeploymentRecord,
  type EnvironmentRecord,
  incidentsKept,
  type ReleaseRecord,
  type Store,
} from "../store/store.ts";
import { type AgentSighting, lookForAgent } from "./client/agent-record.ts";
import { observer } from "./drivers.ts";
import { findRuntimeFolder, readSealingKey } from "./runtime/runtime-folder.ts";
import { Vault } from "./runtime/vault.ts";

export interface ObserveRequest {
  readonly store: Store;
  readonly stateFolder: string;
  readonly names: readonly string[];
  /** The project's name. */
  readonly project: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Environments with a deployment that the agent drives, by the agent itself; absent: it is asked. */
  readonly driven?: readonly string[];
  /** What the definition says now of an environment's config, without secrets; `undefined`: not known. */
  readonly declared?: (environment: string) => Promise<Readonly<Record<string, string>> | undefined>;
  /** With what external resources are come to; absent: nothing is found out of them. */
  readonly secrets?: SecretsFor;
}

const askMs = 2_000;
const lossesSinceMs = 60_000;

/** Looks at what is really there, without an agent and without changing anything; at resources by a glance. */
export async function observeEnvironments(request: ObserveRequest): Promise<Result<EnvironmentStatus[]>> {
  const { store, stateFolder } = request;
  const gateway = await observeGateway(stateFolder);
  // Looked at before and after the agent was asked: one that began or ended meanwhile is not taken for interrupted.
  const first = await store.unfinishedDeployments();
  if (!first.ok) return first;
  const before = new Set(first.value.map(({ id }) => id));
  const agent = request.driven === undefined ? await lookForAgent(stateFolder) : undefined;
  const driven = request.driven ?? (agent?.is === "answering" ? agent.agent.about.busy : []);
  const second = await store.unfinishedDeployments();
  if (!second.ok) return second;
  const unfinished = second.value.filter(({ id }) => before.has(id));
  const releases = await store.releases();
  if (!releases.ok) return releases;
  const quarantines = quarantinesOf(releases.value);
  const driver = observer(stateFolder, store);
  const statuses: EnvironmentStatus[] = [];
  for (const name of request.names) {
    const instances = await driver.observe(name);
    const found = instances.ok ? instances.value : [];
    const resources = await observeResources({
      ...{ store, stateFolder, project: request.project, environment: name, depth: "glance" },
      ...(request.secrets && { secrets: request.secrets }),
    });
    const read = await readEnvironment(request, name, found);
    if (!read.ok) return read;
    const { record, serving, health, losses, driftFound, frozen } = read.value;
    const matters = await openMatters(store, name);
    if (!matters.ok) return matters;
    const underWay = unfinished.find(({ environment }) => environment === name);
    const journal = underWay && (await journalOf(store, underWay));
    const standing = journal?.ok ? rolloutStanding(journal.value) : undefined;
    const observed: Observed = {
      record,
      serving,
      underWay,
      ...(standing && { standing }),
      instances: found,
      resources: resources.ok ? resources.value : [],
      gateway,
      health,
      losses,
      quarantines,
      agent: standingOf(agent),
      secretsLost: areSecretsLost(stateFolder, serving),
      isDriven: driven.includes(name),
      unreadable: [
        ...(instances.ok ? [] : instances.failures),
        ...(resources.ok ? [] : resources.failures),
        ...matters.value.unreadable,
        ...unreadableOf(record, [serving, underWay], journal),
      ],
      drift: underWay === undefined ? await driftOf(request, record, serving, found) : [],
      ...(driftFound && { driftFound }),
      overridden: matters.value.overridden,
      ...(matters.value.awaits && { awaits: matters.value.awaits }),
      ...(frozen !== undefined && { frozen }),
      ...(await listening(gateway, name)),
    };
    statuses.push(environmentStatus(name, observed));
  }
  return ok(statuses);
}

/** Whether what serves could not be started again: its secrets were sealed under a key that is gone. */
function areSecretsLost(stateFolder: string, serving: DeploymentRecord | undefined): boolean {
  const spec = serving && specOf(serving);
  if (serving === undefined || !spec?.ok || Object.keys(spec.value.secrets).length === 0) return false;
  const runtime = findRuntimeFolder(stateFolder);
  const key = runtime === undefined ? undefined : readSealingKey(runtime);
  return key === undefined || !new Vault(statePaths(stateFolder).sealed, key).get(serving.id, serving.environment).ok;
}

interface OpenMatters {
  readonly overridden: readonly Overridden[];
  readonly awaits?: AwaitedApproval;
  readonly unreadable: readonly Failure[];
}

/** What awaits somebody there. */
async function openMatters(store: Store, environment: string): Promise<Result<OpenMatters>> {
  const found = await store.matters({ environment, isOpen: true });
  if (!found.ok) return found;
  const overridden: Overridden[] = [];
  const unreadable: Failure[] = [];
  for (const record of found.value.filter(({ kind }) => kind === "override")) {
    const known = overrideOf(record);
    if (known.ok) overridden.push({ deployment: record.deployment, ...known.value });
    else unreadable.push(...known.failures);
  }
  const waiting = found.value.find(({ kind }) => kind === "approval");
  const approval = waiting && approvalOf(waiting);
  if (approval?.ok === false) unreadable.push(...approval.failures);
  if (waiting === undefined || !approval?.ok) return ok({ overridden, unreadable });
  const { spec, at, by, expiresAt, approvals } = approval.value;
  const needed = spec.approval?.count ?? 1;
  const approvers = whoMayStill(spec, { asker: by, given: approvals.map((one) => one.by) });
  const about = { deployment: waiting.deployment, release: spec.release, at, expiresAt, approvals, needed, approvers };
  return ok({ overridden, unreadable, awaits: { ...about, ...(by && { by }) } });
}

/** Without a sighting the agent itself looks. */
function standingOf(agent: AgentSighting | undefined): Observed["agent"] {
  if (agent === undefined || agent.is === "answering") return "answers";
  return agent.is === "hanging" ? { hangs: agent.record.pid } : "none";
}

interface Read extends Pick<Observed, "health" | "losses" | "driftFound" | "frozen"> {
  readonly record: EnvironmentRecord | undefined;
  readonly serving: DeploymentRecord | undefined;
}

/** What the store knows of an environment, and how its instances answer. */
async function readEnvironment(
  request: ObserveRequest,
  name: string,
  instances: readonly Instance[],
): Promise<Result<Read>> {
  const { store } = request;
  const record = await store.environment(name);
  if (!record.ok) return record;
  const serving = await servingDeployment(store, record.value);
  if (!serving.ok) return serving;
  const isLoss = (type: unknown, at: number) => type === "instanceLost" && request.now - at <= lossesSinceMs;
  const incidents = await readIncidents(store, name, (type, at) => isDriftFact(type) || isLoss(type, at));
  if (!incidents.ok) return incidents;
  const health = await askHealth(store, instances);
  if (!health.ok) return health;
  const newest = await store.deployments({ environment: name, limit: 1 });
  if (!newest.ok) return newest;
  const frozen = newest.value.find(({ end }) => end?.outcome === "frozen");
  const driftFound = rememberedDrift(incidents.value, serving.value?.end?.at ?? Number.POSITIVE_INFINITY);
  return ok({
    record: record.value,
    serving: serving.value,
    losses: lossesOf(incidents.value),
    health: health.value,
    ...(frozen && { frozen: frozen.id }),
    ...(driftFound && { driftFound }),
  });
}

async function driftOf(
  { stateFolder, declared }: ObserveRequest,
  record: EnvironmentRecord | undefined,
  serving: DeploymentRecord | undefined,
  instances: readonly Instance[],
): Promise<readonly ConfigDrift[]> {
  if (serving === undefined) return [];
  const key = readProjectKey(join(stateFolder, "key"));
  const [spec, fleet] = [specOf(serving), fleetOf(record)];
  if (!spec.ok || !fleet.ok) return [];
  const specs = new Map(fleet.value.members.map(({ deployment }) => [deployment, spec.value]));
  const digest = (value: string) => key.digest(value);
  return [
    ...configFromDefinition(spec.value, await declared?.(serving.environment)),
    ...startedOtherwise({ fleet: fleet.value, specs, instances, digest }),
  ];
}

/** What is recorded of the environment and not understood: the agent leaves it alone then. */
function unreadableOf(
  record: EnvironmentRecord | undefined,
  deployments: readonly (DeploymentRecord | undefined)[],
  journal: Result<unknown> | undefined,
): readonly Failure[] {
  const specs = deployments.flatMap((one) => (one === undefined ? [] : [specOf(one)]));
  const read: Result<unknown>[] = [fleetOf(record), ...specs, ...(journal === undefined ? [] : [journal])];
  return read.flatMap((one) => (one.ok ? [] : one.failures));
}

async function journalOf(store: Store, { id }: DeploymentRecord): Promise<Result<readonly RecordedEvent[]>> {
  const journal = await store.journal(id);
  return journal.ok ? readJournal(id, journal.value) : journal;
}

async function askHealth(store: Store, instances: readonly Instance[]): Promise<Result<Observed["health"]>> {
  const paths = new Map<string, string | undefined>();
  for (const { id, state, deployment, service } of instances) {
    if (state.state !== "running") continue;
    const record = await store.deployment(deployment);
    if (!record.ok) return record;
    const spec = record.value && specOf(record.value);
    paths.set(id, spec?.ok ? spec.value.services.find((one) => one.name === service)?.health : undefined);
  }
  const answers = instances.map(async ({ id, address, state }) => {
    if (address === undefined || state.state !== "running") return [];
    return [[id, await probe(address, paths.get(id), askMs)] as const];
  });
  return ok(new Map((await Promise.all(answers)).flat()));
}

/**
 * What happened beside deployments, newest first, of all that is kept: a service that ends again and again fills many incidents. What
 * is not understood is shown by the history alone.
 */
export async function readIncidents(
  store: Pick<Store, "incidents">,
  environment: string,
  isAsked: (type: unknown, at: number) => boolean,
) {
  const incidents = await store.incidents({ environment, limit: incidentsKept });
  if (!incidents.ok) return incidents;
  const asked = incidents.value.filter(({ at, event }) => isRecord(event) && isAsked(event.type, at));
  return ok(
    asked.flatMap(({ at, event }) => {
      const read = keptEventCodec.decode(event, `An incident of ${environment}`);
      return read.ok ? [{ at, fact: read.value }] : [];
    }),
  );
}

function lossesOf(incidents: readonly { readonly fact: KeptEvent }[]) {
  const losses = new Map<string, number>();
  for (const { fact } of incidents) {
    if (fact.type !== "instanceLost") continue;
    losses.set(fact.instance, (losses.get(fact.instance) ?? 0) + 1);
  }
  return losses;
}

function quarantinesOf(releases: readonly ReleaseRecord[]): Observed["quarantines"] {
  const refused = releases.flatMap(({ digest, quarantine }) =>
    quarantine === undefined ? [] : [[digest, quarantine.reason] as const],
  );
  return new Map(refused);
}

/** What the gateway does, by its own account; `undefined`: none answers. */
export async function observeGateway(stateFolder: string): Promise<GatewayObservation | undefined> {
  const runtime = findRuntimeFolder(stateFolder);
  if (runtime === undefined) return undefined;
  const observed = await embeddedGateway(join(runtime, "gateway.sock")).observe();
  return observed.ok ? observed.value : undefined;
}

/** Whether connections are really taken where the gateway should listen for the environment. */
async function listening(gateway: GatewayObservation | undefined, name: string): Promise<{ isListening?: boolean }> {
  const table = gateway?.environments.find(({ environment }) => environment === name);
  if (table === undefined) return {};
  const isTaken = (gateway?.problems ?? []).some(
    ({ about, environment }) => about === "listen" && environment === name,
  );
  return { isListening: !isTaken && (await accepts(table.listen)) };
}

function accepts({ host, port }: { readonly host: string; readonly port: number }): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port, timeout: askMs });
  socket.once("connect", () => resolve(true));
  socket.once("timeout", () => resolve(false));
  socket.once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
