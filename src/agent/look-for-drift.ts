import { join } from "node:path";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Driver } from "../drivers/driver.ts";
import { type Declared, driftReport, lasting } from "../environment/drift/compare.ts";
import type { DriftFacts, FilesFact, ResourceFact } from "../environment/drift/facts.ts";
import type { DriftReport } from "../environment/drift/report.ts";
import { type DeploymentSpec, fleetOf, specOf } from "../environment/spec.ts";
import type { Failure } from "../errors/failure.ts";
import { ok, type Result } from "../errors/result.ts";
import type { Clock } from "../process/clock.ts";
import { type BegunWork, ledgerCodec, type ResourceSpec } from "../records/resource.ts";
import { releaseContent } from "../release/content.ts";
import { type ObservedResource, observeResources, type SecretsFor } from "../resources/observe.ts";
import { readProjectKey } from "../secrets/project-key.ts";
import { servingDeployment } from "../store/serving.ts";
import type { Store } from "../store/store.ts";
import { emptyFleet, type Fleet } from "../strategies/fleet.ts";
import { observer } from "./drivers.ts";
import { observeGateway } from "./observe.ts";

export interface DriftRequest {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly stateFolder: string;
  /** The project's name. */
  readonly project: string;
  readonly environment: string;
  /** Absent: what needs secrets to be looked at cannot be. */
  readonly secrets?: SecretsFor;
  /** false: the files of releases and the resources, which cost more, are left for another time. */
  readonly isWhole: boolean;
  readonly declared: Declared;
  readonly clock: Pick<Clock, "wait">;
}

/** What is on its way (an instance that is being restarted, a table that follows) is done after this, or goes wrong. */
const againAfterMs = 500;

/**
 * Compares what runs in an environment with what was deployed there, without an agent and without changing anything. What only
 * one of two looks has found is no drift. Fails when the store does, or what it has is not understood.
 */
export async function lookForDrift(request: DriftRequest): Promise<Result<DriftReport>> {
  const first = await gatherFacts(request);
  if (!first.ok) return first;
  const report = driftReport(first.value, request.declared);
  if (report.findings.length === 0) return ok(report);
  await request.clock.wait(againAfterMs);
  const second = await gatherFacts(request);
  return second.ok ? ok(lasting(report, driftReport(second.value, request.declared))) : second;
}

/** What was deployed and what is there, by looking once. */
async function gatherFacts(request: DriftRequest): Promise<Result<DriftFacts>> {
  const { store, stateFolder, environment } = request;
  const deployed = await readDeployed(store, environment);
  if (!deployed.ok) return deployed;
  const key = readProjectKey(join(stateFolder, "key"));
  const digest = (value: string) => key.digest(value);
  const driver = observer(stateFolder, store, digest);
  const instances = await driver.observe(environment);
  if (!instances.ok) return instances;
  const inspections = await driver.inspect(environment);
  if (!inspections.ok) return inspections;
  const beside = await driver.beside(environment);
  if (!beside.ok) return beside;
  const gateway = await observeGateway(stateFolder);
  const { fleet, serving } = deployed.value;
  const specs = await wantedResources(store, environment, serving?.spec.resources ?? []);
  if (!specs.ok) return specs;
  return ok({
    ...deployed.value,
    environment,
    instances: instances.value,
    inspections: inspections.value,
    beside: beside.value,
    gateway:
      gateway === undefined
        ? "unreachable"
        : { table: gateway.environments.find((table) => table.environment === environment) },
    files: await lookAtFiles(request, driver, fleet),
    resources: await lookAtResources(request, specs.value),
    digest,
  });
}

type Deployed = Pick<DriftFacts, "fleet" | "isStopped" | "serving" | "underWay" | "specs">;

async function readDeployed(store: Store, environment: string): Promise<Result<Deployed>> {
  const record = await store.environment(environment);
  if (!record.ok) return record;
  const serving = await servingDeployment(store, record.value);
  if (!serving.ok) return serving;
  const unfinished = await store.unfinishedDeployments();
  if (!unfinished.ok) return unfinished;
  const fleet = fleetOf(record.value);
  if (!fleet.ok) return fleet;
  const isStopped = record.value?.stopped === true;
  const specs = await readSpecs(store, [
    ...fleet.value.members.map(({ deployment }) => deployment),
    ...(serving.value === undefined ? [] : [serving.value.id]),
  ]);
  if (!specs.ok) return specs;
  const underWay = unfinished.value.find((one) => one.environment === environment);
  const spec = serving.value && specs.value.get(serving.value.id);
  return ok({
    fleet: isStopped ? emptyFleet : fleet.value,
    isStopped,
    specs: specs.value,
    ...(serving.value && spec && { serving: { deployment: serving.value.id, spec } }),
    ...(underWay && { underWay: { deployment: underWay.id, release: underWay.release } }),
  });
}

async function readSpecs(
  store: Store,
  deployments: readonly number[],
): Promise<Result<ReadonlyMap<number, DeploymentSpec>>> {
  const specs = new Map<number, DeploymentSpec>();
  for (const id of new Set(deployments)) {
    const record = await store.deployment(id);
    if (!record.ok) return record;
    const spec = record.value && specOf(record.value);
    if (spec?.ok === false) return spec;
    if (spec !== undefined) specs.set(id, spec.value);
  }
  return ok(specs);
}

/** What was deployed; of what was made and not deployed yet, as it was made. */
async function wantedResources(
  store: Store,
  environment: string,
  deployed: readonly ResourceSpec[],
): Promise<Result<readonly ResourceSpec[]>> {
  const records = await store.resources(environment);
  if (!records.ok) return records;
  const made: ResourceSpec[] = [];
  for (const { name, document } of records.value) {
    const entry = ledgerCodec.decode(document, `What is known of ${name} in ${environment}`);
    if (!entry.ok) return entry;
    if (entry.value.state !== "destroying" && !deployed.some((one) => one.name === name)) made.push(entry.value.spec);
  }
  return ok([...deployed, ...made]);
}

/**
 * What is in the specs; what is in no ledger was never created. Each look asks a server: it is part of a whole one. What
 * is being saved or restored is neither as it was nor as it will be.
 */
async function lookAtResources(request: DriftRequest, specs: readonly ResourceSpec[]): Promise<ResourceFact[]> {
  if (specs.length === 0) return [];
  const begun = await begunWorks(request);
  const observed = request.isWhole ? await observeResources({ ...request, depth: "whole" }) : ok([]);
  return specs.map((spec): ResourceFact => {
    const work = begun.get(spec.name);
    if (work !== undefined) return { spec, unseen: work };
    if (!request.isWhole) return { spec, unseen: "later" };
    if (!observed.ok) return { spec, unseen: "unreachable", ...detailOf(observed.failures) };
    const seen = observed.value.find(({ name }) => name === spec.name);
    if (seen === undefined) return { spec, looked: { state: "absent" } };
    const { observed: found } = seen;
    if (!found.ok) return { spec, unseen: "unreachable", ...detailOf(found.failures) };
    const { value } = found;
    if (value.state === "absent") return { spec, looked: { ...value, ...keptBy(seen) } };
    return value.state === "unseen" ? { spec, unseen: "unreachable", detail: value.because } : { spec, looked: value };
  });
}

/** What an interrupted creation has not made yet kept nothing. */
function keptBy({ isSaved, entry, snapshots }: ObservedResource) {
  if (!isSaved || entry.state !== "ready") return {};
  const newest = snapshots.find(({ because }) => because !== "beforeRestore");
  return { kept: newest === undefined ? {} : { snapshot: newest.id } };
}

/** What was begun with resources and has not ended, by name. What is not understood is told by the look itself. */
async function begunWorks({ store, environment }: DriftRequest): Promise<ReadonlyMap<string, BegunWork["work"]>> {
  const records = await store.resources(environment);
  const works = (records.ok ? records.value : []).flatMap(({ name, document }) => {
    const entry = ledgerCodec.decode(document, `What is known of ${name} in ${environment}`);
    return entry.ok && entry.value.begun !== undefined ? [[name, workOf(entry.value.begun)] as const] : [];
  });
  return new Map(works);
}

/** The snapshot before a restore is part of it: what uses the resource is stopped by then. */
function workOf(begun: BegunWork): BegunWork["work"] {
  return begun.work === "snapshot" && begun.because === "beforeRestore" ? "restore" : begun.work;
}

/** Where the instances of the fleet run from, each release once. */
async function lookAtFiles(
  { blobs, environment, isWhole }: DriftRequest,
  driver: Pick<Driver, "verify">,
  { members }: Fleet,
): Promise<FilesFact[]> {
  const facts: FilesFact[] = [];
  for (const release of new Set(members.map((member) => member.release))) {
    if (isWhole) facts.push({ release, ...(await lookAtRelease(blobs, driver, environment, release)) });
    else facts.push({ release, unseen: "later" });
  }
  return facts;
}

async function lookAtRelease(blobs: BlobStore, driver: Pick<Driver, "verify">, environment: string, release: string) {
  const content = await releaseContent(release, blobs);
  const verified = content.ok ? await driver.verify(environment, content.value) : content;
  if (verified.ok) return { looked: verified.value };
  return { unseen: "unreachable", ...detailOf(verified.failures) } as const;
}

function detailOf([failure]: readonly Failure[]): { readonly detail?: string } {
  return failure === undefined ? {} : { detail: failure.message };
}
