import { join } from "node:path";
import { type Failed, failed, ok, type Result } from "../errors/result.ts";
import { statePaths } from "../files/state-paths.ts";
import {
  type LedgerEntry,
  ledgerCodec,
  type ResourceSpec,
  type SnapshotAbout,
  snapshotCodec,
} from "../records/resource.ts";
import { readProjectKey } from "../secrets/project-key.ts";
import type { Secrets } from "../secrets/secret.ts";
import type { Store } from "../store/store.ts";
import { Providers } from "./registry.ts";
import type { Observed, ResourceContext, ResourceHost, ResourceProvider } from "./resource.ts";

export interface ObserveResourcesRequest {
  readonly stateFolder: string;
  /** The project's name. */
  readonly project: string;
  readonly store: Pick<Store, "resources" | "snapshots">;
  readonly environment: string;
  /** With the URLs of what is external; absent: that cannot be looked at. */
  readonly secrets?: Secrets;
  /** Default: the real ones. */
  readonly providers?: Providers;
}

/** A resource of the ledger, and what is really there of it. */
export interface ObservedResource {
  readonly name: string;
  readonly entry: LedgerEntry;
  /** Failed: it could not be looked at. */
  readonly observed: Result<Observed>;
  /** Newest first. */
  readonly snapshots: readonly (SnapshotAbout & { readonly id: number })[];
}

/** Where the resources of a state are. */
export function resourceHost(stateFolder: string, project: string): ResourceHost {
  const { resources, snapshots } = statePaths(stateFolder);
  const key = readProjectKey(join(stateFolder, "key"));
  return { project, folder: resources, snapshots, derive: (purpose) => key.derive(purpose) };
}

/**
 * Looks at an environment's resources without an agent; starts and changes nothing. By name. Fails when the ledger cannot be
 * read or is not understood: then nothing is known, which is not "nothing".
 */
export async function observeResources(request: ObserveResourcesRequest): Promise<Result<readonly ObservedResource[]>> {
  const { store, environment } = request;
  const records = await store.resources(environment);
  if (!records.ok) return records;
  if (records.value.length === 0) return ok([]);
  const snapshots = await snapshotsOf(request);
  if (!snapshots.ok) return snapshots;
  const providers = request.providers ?? new Providers();
  const looked: ObservedResource[] = [];
  for (const { name, document } of records.value) {
    const entry = ledgerCodec.decode(document, `What is known of ${name} in ${environment}`);
    if (!entry.ok) return entry;
    const { spec } = entry.value;
    const observed = await providers.of(spec.resource).observe(spec, contextOf(request, entry.value.made));
    const own = snapshots.value.filter(({ resource }) => resource === name);
    looked.push({ name, entry: entry.value, observed, snapshots: own });
  }
  return ok(looked);
}

/** What a deployment would do to a resource; `changes`, in sentences: [] when nothing. */
export interface PlannedResource {
  readonly name: string;
  readonly kind: ResourceSpec["resource"];
  readonly changes: readonly string[];
}

/** What would be made or mended for these, by looking. What cannot be looked at now says so, as a change. */
export async function planResources(
  request: ObserveResourcesRequest,
  specs: readonly ResourceSpec[],
): Promise<Result<readonly PlannedResource[]>> {
  const records = await request.store.resources(request.environment);
  if (!records.ok) return records;
  const providers = request.providers ?? new Providers();
  const planned: PlannedResource[] = [];
  for (const spec of specs) {
    const document = records.value.find(({ name }) => name === spec.name)?.document;
    const entry =
      document === undefined ? ok(undefined) : ledgerCodec.decode(document, `What is known of ${spec.name}`);
    if (!entry.ok) return entry;
    const context = contextOf(request, entry.value?.made);
    const changes = await changesOf(providers.of(spec.resource), spec, context);
    planned.push({ name: spec.name, kind: spec.resource, changes });
  }
  return ok(planned);
}

async function changesOf(
  provider: ResourceProvider,
  spec: ResourceSpec,
  context: ResourceContext,
): Promise<readonly string[]> {
  if (provider.plan !== undefined) {
    const planned = await provider.plan(spec, context);
    return planned.ok ? planned.value : unknown(planned);
  }
  const looked = await provider.observe(spec, context);
  if (!looked.ok) return unknown(looked);
  if (looked.value.state === "absent") return ["will be made"];
  return looked.value.deviations.map((deviation) => `will be mended: ${deviation}`);
}

function unknown({ failures }: Failed): string[] {
  return failures.map(({ message }) => `is not known: ${message}`);
}

/** For who only looks: nothing can be noted with it. */
function contextOf(request: ObserveResourcesRequest, made: LedgerEntry["made"]): ResourceContext {
  const { stateFolder, project, environment, secrets = new Map() } = request;
  return {
    ...resourceHost(stateFolder, project),
    environment,
    ...(made && { made }),
    secrets,
    note: async () => failed({ code: "internal", message: "Somebody who only looks wanted to note something" }),
    say: () => {},
    signal: new AbortController().signal,
  };
}

async function snapshotsOf({
  store,
  environment,
}: ObserveResourcesRequest): Promise<Result<readonly (SnapshotAbout & { readonly id: number })[]>> {
  const records = await store.snapshots(environment);
  if (!records.ok) return records;
  const known: (SnapshotAbout & { readonly id: number })[] = [];
  for (const { id, document } of records.value) {
    const about = snapshotCodec.decode(document, `What is known of snapshot ${id}`);
    if (!about.ok) return about;
    known.push({ id, ...about.value });
  }
  return ok(known);
}
