import { join } from "node:path";
import { type Failed, failed, ok, type Result } from "../errors/result.ts";
import { statePaths } from "../files/state-paths.ts";
import {
  decodeSnapshots,
  type KnownSnapshot,
  type LedgerEntry,
  ledgerCodec,
  type ResourceSpec,
} from "../records/resource.ts";
import { readProjectKey } from "../secrets/project-key.ts";
import type { Secrets } from "../secrets/secret.ts";
import type { Store } from "../store/store.ts";
import { neededSecrets } from "./kinds.ts";
import { Providers } from "./registry.ts";
import type { Depth, Observed, ResourceContext, ResourceHost, ResourceProvider } from "./resource.ts";

export interface ObserveResourcesRequest {
  readonly stateFolder: string;
  /** The project's name. */
  readonly project: string;
  readonly store: Pick<Store, "resources" | "snapshots">;
  readonly environment: string;
  readonly depth: Depth;
  /** Absent: what needs secrets to be looked at cannot be. */
  readonly secrets?: SecretsFor;
  /** Default: the real ones. */
  readonly providers?: Providers;
}

/** Those of an environment that are named, as far as they can be had. Asked only where a resource needs some. */
export type SecretsFor = (environment: string, names: readonly string[]) => Promise<Secrets>;

/** A resource of the ledger, and what is really there of it. */
export interface ObservedResource {
  readonly name: string;
  readonly entry: LedgerEntry;
  /** Failed: it could not be looked at. */
  readonly observed: Result<Observed>;
  /** Whether it keeps something that snapshots can be made of. */
  readonly isSaved: boolean;
  /** How people mend what is wrong with it, a line each. */
  readonly mending: readonly string[];
  /** Newest first. */
  readonly snapshots: readonly KnownSnapshot[];
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
    const provider = providers.of(spec.resource);
    const observed = await provider.observe(spec, await contextOf(request, entry.value), request.depth);
    const mending = provider.mending(spec, { environment, name });
    const own = snapshots.value.filter(({ resource }) => resource === name);
    const isSaved = provider.snapshots !== undefined;
    looked.push({ name, entry: entry.value, observed, isSaved, mending, snapshots: own });
  }
  return ok(looked);
}

/** What a deployment would do to a resource; `changes`, in sentences: [] when nothing. */
export interface PlannedResource {
  readonly name: string;
  readonly kind: ResourceSpec["resource"];
  readonly changes: readonly string[];
}

/** What would be made or mended for these, by looking. What cannot be inspected now says so, as a change. */
export async function planResources(
  request: Omit<ObserveResourcesRequest, "depth">,
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
    const context = await contextOf(request, { spec, made: entry.value?.made });
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
  const looked = await provider.observe(spec, context, "whole");
  if (!looked.ok) return unknown(looked);
  if (looked.value.state === "absent") return ["will be made"];
  if (looked.value.state === "unseen") return [`is not known: ${looked.value.because}`];
  return looked.value.deviations.map((deviation) => `will be repaired: ${deviation}`);
}

function unknown({ failures }: Failed): string[] {
  return failures.map(({ message }) => `is not known: ${message}`);
}

/** For who only looks: nothing can be noted with it. */
async function contextOf(
  request: Omit<ObserveResourcesRequest, "depth">,
  { spec, made }: { readonly spec: ResourceSpec; readonly made?: LedgerEntry["made"] },
): Promise<ResourceContext> {
  const { stateFolder, project, environment } = request;
  const needed = neededSecrets(spec);
  const secrets = needed.length === 0 ? undefined : await request.secrets?.(environment, needed);
  return {
    ...resourceHost(stateFolder, project),
    environment,
    ...(made && { made }),
    secrets: secrets ?? new Map(),
    note: async () => failed({ code: "internal", message: "Something that should only look tried to write" }),
    say: () => {},
    signal: new AbortController().signal,
  };
}

async function snapshotsOf({
  store,
  environment,
}: Pick<ObserveResourcesRequest, "store" | "environment">): Promise<Result<readonly KnownSnapshot[]>> {
  const records = await store.snapshots(environment);
  return records.ok ? decodeSnapshots(records.value) : records;
}
