import type { FailureCode } from "../../errors/codes.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { BegunWork, KnownSnapshot } from "../../records/resource.ts";
import type { ResourceBench } from "./resource-bench.ts";
import type { Known } from "./resource-ledger.ts";
import type { ResourceSnapshots } from "./resource-snapshots.ts";

export interface RestoreRequest {
  /** Only this environment; without it, all of which there is a snapshot. */
  readonly resource?: string;
  /** The snapshot's number; without it, the newest that fits what serves and was not made before a restore. */
  readonly at?: number;
}

/** When what serves first came to the environment, and whether that changed what its resources keep. */
export interface MigratedAt {
  readonly deployment: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Brings back what one environment's resources kept. Only by whose turn it is; and nothing of a resource is saved meanwhile. What
 * is begun stands in the ledger before it is, and is struck out when it has ended; whoever finds it there goes on with `finish`.
 */
export class ResourceRestores {
  readonly #bench: ResourceBench;
  readonly #snapshots: ResourceSnapshots;

  constructor(bench: ResourceBench, snapshots: ResourceSnapshots) {
    this.#bench = bench;
    this.#snapshots = snapshots;
  }

  /**
   * Which snapshots a restore is about; one for each resource at most. `migrated`: those from before it lack what its migration made,
   * so that none of them is meant when none is named; which is named is taken, and what is to be done then is said before.
   */
  async choose(request: RestoreRequest, migrated?: MigratedAt): Promise<Result<readonly KnownSnapshot[]>> {
    const { resource, at } = request;
    const { environment } = this.#bench;
    const snapshots = await this.#bench.ledger.snapshots(resource);
    if (!snapshots.ok) return snapshots;
    const fitting = snapshots.value.filter((snapshot) => !isBefore(snapshot, migrated));
    const chosen = at === undefined ? newestOfEach(fitting) : snapshots.value.filter(({ id }) => id === at);
    if (chosen.length === 0) {
      const [older] = at === undefined ? newestOfEach(snapshots.value) : [];
      return failed(older === undefined ? noSnapshot(environment, request) : onlyBefore(environment, older, migrated!));
    }
    for (const one of chosen) if (isBefore(one, migrated)) this.#tellPredates(one, migrated!);
    return ok(chosen);
  }

  #tellPredates({ resource, id: snapshot }: KnownSnapshot, { deployment }: MigratedAt): void {
    const { environment, hands } = this.#bench;
    hands.tell({ type: "snapshotPredates", environment, resource, snapshot, deployment });
  }

  /** Makes resources what they were in these snapshots, one after the other. */
  async restore(snapshots: readonly KnownSnapshot[]): Promise<Result<void>> {
    for (const snapshot of snapshots) {
      const restored = await this.#bench.saving(snapshot.resource, () => this.#restoreNoted(snapshot));
      if (!restored.ok) return restored;
    }
    return ok();
  }

  /** What another environment is to begin with: the newest snapshots; of what has none one is made now. [] when nothing is kept. */
  async toCopy(): Promise<Result<readonly KnownSnapshot[]>> {
    const snapshots = await this.#bench.ledger.snapshots();
    if (!snapshots.ok) return snapshots;
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    const newest = newestOfEach(snapshots.value);
    const names = entries.value.filter(({ entry }) => entry.state === "ready").map(({ name }) => name);
    const missing = names.filter((name) => !newest.some(({ resource }) => resource === name));
    const taken = missing.length === 0 ? ok([]) : await this.#snapshots.take({ because: "asked", resources: missing });
    return taken.ok ? ok([...newest, ...taken.value]) : taken;
  }

  /**
   * Makes resources what those of the same name and kind were in another environment's snapshots. Safe to repeat: whoever
   * was killed in the middle of it does it again.
   */
  async fill(snapshots: readonly KnownSnapshot[]): Promise<Result<void>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    for (const { name, entry } of entries.value) {
      const snapshot = snapshots.find((one) => one.resource === name && one.kind === entry.spec.resource);
      if (snapshot === undefined) continue;
      const filled = await this.#bench.saving(name, () => this.#restoreOne(name, snapshot));
      if (!filled.ok) return filled;
    }
    return ok();
  }

  /** Goes on with a restore that was begun and has not ended; nothing if none was. */
  async finish({ name, entry: { begun } }: Known): Promise<Result<void>> {
    if (begun?.work !== "restore") return ok();
    return this.#bench.saving(name, async () => {
      const snapshots = await this.#bench.ledger.snapshots(name);
      if (!snapshots.ok) return snapshots;
      const snapshot = snapshots.value.find(({ id }) => id === begun.snapshot);
      if (snapshot !== undefined) return this.#restoreOne(name, snapshot);
      const ended = await this.#bench.end(name);
      return ended.ok ? ok() : ended;
    });
  }

  async #restoreNoted(snapshot: KnownSnapshot): Promise<Result<void>> {
    const begun: BegunWork = { work: "restore", snapshot: snapshot.id };
    const noted = await this.#bench.change(snapshot.resource, (entry) => ({ ...entry, begun }));
    return noted.ok ? this.#restoreOne(snapshot.resource, snapshot) : noted;
  }

  async #restoreOne(name: string, snapshot: KnownSnapshot): Promise<Result<void>> {
    const { hands, environment } = this.#bench;
    const began = hands.world.clock.monotonic();
    const saved = await this.#snapshots.open(name);
    if (!saved.ok || saved.value === undefined) return saved.ok ? ok() : saved;
    const { spec } = saved.value.entry;
    const provider = this.#bench.provider(spec);
    // What is gone altogether needs a place first; what is there is not looked at further.
    const looked = await provider.observe(spec, this.#bench.context(saved.value), "glance");
    const isGone = looked.ok && looked.value.state === "absent";
    const place = isGone ? await provider.create(spec, this.#bench.context(saved.value)) : ok();
    if (!place.ok) return place;
    const restored = await saved.value.snapshots.restore(spec, this.#bench.context(saved.value), snapshot);
    if (!restored.ok && mayPass(restored.failures)) return restored;
    // What does not go away by itself would keep the environment from everything else: nothing was changed, and it is told.
    const ended = await this.#bench.end(name);
    if (!restored.ok) return failed(...restored.failures, ...(ended.ok ? [] : ended.failures));
    if (!ended.ok) return ended;
    const durationMs = Math.round(hands.world.clock.monotonic() - began);
    hands.tell({ type: "resourceRestored", environment, resource: name, snapshot: snapshot.id, durationMs });
    return ok();
  }
}

/** Whether doing the same again later may go well, or another writer has the environment by now. */
function mayPass(failures: readonly Failure[]): boolean {
  return failures.some(({ code }) => transient.has(code));
}

const transient: ReadonlySet<FailureCode> = new Set([
  "stale-writer",
  "interrupted",
  "no-space",
  "resource-unreachable",
]);

/** Those that are meant when none is named: what was saved before a restore is what somebody wanted to be rid of. */
function newestOfEach(all: readonly KnownSnapshot[]): KnownSnapshot[] {
  const snapshots = all.filter(({ because }) => because !== "beforeRestore");
  return snapshots.filter(({ resource, id }) => snapshots.find((one) => one.resource === resource)?.id === id);
}

/** Whether it was made before what serves now migrated for the first time. */
export function isBefore({ at, deployment }: KnownSnapshot, migrated: MigratedAt | undefined): boolean {
  if (migrated === undefined) return false;
  return deployment === undefined ? at < migrated.at : deployment <= migrated.deployment;
}

function onlyBefore(environment: string, { id, resource }: KnownSnapshot, { deployment }: MigratedAt): Failure {
  return {
    code: "unknown-snapshot",
    message: `No snapshot of ${resource} in ${environment} fits what is serving: all are from before the migration of deployment ${deployment}`,
    hint: `To use one anyway, then migrate again: tidegate env restore ${environment} --resource ${resource} --at ${id} --yes && tidegate deploy ${environment}`,
  };
}

function noSnapshot(environment: string, { resource, at }: RestoreRequest): Failure {
  const which = at === undefined ? "There is no snapshot" : `There is no snapshot ${at}`;
  return {
    code: "unknown-snapshot",
    message: `${which} of ${resource === undefined ? environment : `${resource} in ${environment}`}`,
    hint: `List them: tidegate env snapshots ${environment}`,
  };
}
