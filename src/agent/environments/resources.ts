import type { ServiceSpec } from "../../environment/spec.ts";
import { both, type Failed, failed, ok, type Result } from "../../errors/result.ts";
import type { LedgerEntry, ResourceSpec } from "../../records/resource.ts";
import type { Secret, Secrets } from "../../secrets/secret.ts";
import type { TellFact } from "./facts.ts";
import { ResourceBench, type ResourceHands } from "./resource-bench.ts";
import { ResourceConnections } from "./resource-connections.ts";
import type { Known } from "./resource-ledger.ts";
import { ResourceRestores } from "./resource-restores.ts";
import { ResourceSnapshots } from "./resource-snapshots.ts";
import { isBackupDue, ScheduledBackups } from "./scheduled-backups.ts";

/**
 * The resources of one environment. Only by whose turn it is, but for backups and what is only asked (`connections`, `secrets`,
 * `inUse`), which may come at any time: who saves a resource keeps nobody waiting but those who save, restore or remove it, too.
 *
 * The order, which makes a kill at any point harmless: the ledger says what is about to be made before it is, and is struck out
 * after it is gone; what was begun with it (a snapshot, a restore) stands there until it has ended. Whoever comes next (`recover`,
 * or the next work on the resource) finishes it. When the lease is lost the next note fails, and nothing further is done.
 */
export class EnvironmentResources {
  readonly #bench: ResourceBench;
  readonly snapshots: ResourceSnapshots;
  readonly restores: ResourceRestores;
  readonly #connections: ResourceConnections;
  /** As they were when they were looked at last. */
  #known: readonly Known[] = [];
  /** Of which an earlier agent had begun a snapshot that nobody has waited for since. */
  readonly #left = new Set<string>();
  /** How many backups are being made. */
  #backups = 0;

  constructor(hands: ResourceHands) {
    this.#bench = new ResourceBench(hands);
    this.#connections = new ResourceConnections(this.#bench);
    this.snapshots = new ResourceSnapshots(this.#bench);
    this.restores = new ResourceRestores(this.#bench, this.snapshots);
  }

  /** Everything secret that processes may have been told of resources. */
  get secrets(): readonly Secret[] {
    return this.#connections.secrets;
  }

  /** What there is, for who asks what has to run. */
  get specs(): readonly ResourceSpec[] {
    return this.#known.map(({ entry }) => entry.spec);
  }

  /** Whether a backup is being made. */
  get isBackingUp(): boolean {
    return this.#backups > 0;
  }

  /** Whether a scheduled backup is due, or one was begun by somebody who was killed; not while one is being made. */
  isDue(): boolean {
    return !this.isBackingUp && this.#known.some((known) => isBackupDue(known, this.#bench.hands.world.now()));
  }

  /** Makes the backups that are due. `tell`: not as those tell whose turn it is. */
  backUpDue(tell: TellFact): Promise<Result<void>> {
    const bench = this.#bench.beside(tell);
    return this.#backingUp(async () => both(await new ScheduledBackups(bench).backUpDue(), await this.#look()));
  }

  /** Saves what resources keep: of one of them, or of all. `tell`: as in `backUpDue`. */
  async backUp(tell: TellFact, resource?: string): Promise<Result<void>> {
    const snapshots = new ResourceSnapshots(this.#bench.beside(tell));
    const only = resource === undefined ? {} : { resources: [resource] };
    const taken = await this.#backingUp(() => snapshots.take({ because: "asked", ...only }));
    if (!taken.ok) return taken;
    return taken.value.length > 0 ? ok() : failed(nothingToSave(this.#bench.environment));
  }

  /** Resolves once the snapshots have ended that an earlier agent had begun, whoever finishes them. */
  async finishLeft(): Promise<Result<void>> {
    for (const name of this.#left) {
      const finished = await this.snapshots.finish(name);
      if (!finished.ok) return finished;
      this.#left.delete(name);
    }
    return ok();
  }

  async #backingUp<T>(work: () => Promise<T>): Promise<T> {
    this.#backups += 1;
    try {
      return await work();
    } finally {
      this.#backups -= 1;
    }
  }

  /**
   * Makes what is missing and mends what was altered; where something was whole and is gone, with what it kept, it fails unless
   * `mayBeEmpty` says that an empty one will do. When that fails, what was made for it is taken back. `secrets`: of the
   * environment, with the URLs of what is external.
   */
  async ensure(
    specs: readonly ResourceSpec[],
    secrets: Secrets = this.#bench.secrets,
    { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
  ): Promise<Result<void>> {
    this.#bench.secrets = secrets;
    const fresh: string[] = [];
    for (const spec of specs) {
      const made = await this.#make(spec, fresh, mayBeEmpty);
      if (made.ok) continue;
      for (const name of fresh.reverse()) await this.#takeBack(name);
      return made;
    }
    return this.#look();
  }

  /** Takes back what was set of these besides what `ensure` makes. What was never created has nothing of it. */
  async reset(names: readonly string[]): Promise<Result<void>> {
    for (const name of names) {
      const settled = await this.#settled(name);
      if (!settled.ok) return settled;
      if (settled.value?.state !== "ready") continue;
      const { spec } = settled.value;
      const reset = await this.#bench.provider(spec).reset?.(spec, this.#bench.context({ name, entry: settled.value }));
      if (reset?.ok === false) return reset;
    }
    return ok();
  }

  /** Removes what the ledger has, snapshots included, and nothing else. */
  async destroyAll(): Promise<Result<void>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    const failures: Failed[] = [];
    for (const known of entries.value.toReversed()) {
      const destroyed = await this.#destroy(known);
      if (!destroyed.ok) failures.push(destroyed);
    }
    return both(...failures, await this.#look());
  }

  /**
   * Finishes what an earlier agent began, and learns what is secret. What cannot be finished stays in the ledger for the next
   * one who tries; a snapshot is left to `backUpDue`, because nothing has to wait for it. `secrets`: of what serves.
   */
  async recover(secrets: Secrets): Promise<Result<void>> {
    this.#bench.secrets = secrets;
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    for (const { name, entry } of entries.value) if (entry.begun?.work === "snapshot") this.#left.add(name);
    const finished: Result<unknown>[] = [];
    for (const known of entries.value) finished.push(await this.#finish(known));
    const left = finished.filter((one): one is Failed => !one.ok);
    return both(...left, await this.#look());
  }

  /** See `ResourceConnections.connections`. */
  connections(
    uses: NonNullable<ServiceSpec["uses"]>,
    secrets: Secrets,
  ): Promise<Result<Readonly<Record<string, string | Secret>>>> {
    return this.#connections.connections(uses, secrets);
  }

  /** Reads what is there, and what is secret of it; brings nothing up. */
  async #look(): Promise<Result<void>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    this.#known = entries.value;
    for (const known of entries.value)
      if (known.entry.state === "ready" && !this.#connections.knows(known.name)) await this.#connections.recall(known);
    return ok();
  }

  /** `fresh` gets its name before anything of it is there, if it is new. */
  async #make(spec: ResourceSpec, fresh: string[], mayBeEmpty = false): Promise<Result<void>> {
    const settled = await this.#settled(spec.name);
    if (!settled.ok) return settled;
    const before = settled.value;
    if (before !== undefined && before.spec.resource !== spec.resource)
      return failed(anotherKind(this.#bench.environment, before.spec, spec));
    const provider = this.#bench.provider(spec);
    const entry: LedgerEntry = before ?? { spec, state: "creating" };
    if (before === undefined) {
      fresh.push(spec.name);
      const written = await this.#bench.ledger.write(spec.name, entry);
      if (!written.ok) return written;
    }
    const wasWhole = entry.state === "ready" && !mayBeEmpty ? ({ wasWhole: true } as const) : {};
    const created = await provider.create(spec, { ...this.#bench.context({ name: spec.name, entry }), ...wasWhole });
    if (!created.ok) return created;
    const made = created.value;
    const ready = await this.#bench.change(spec.name, (now) => ({ ...now, spec, made, state: "ready" }));
    if (!ready.ok) return ready;
    if (before?.state !== "ready") this.#tellCreated(spec);
    return ok();
  }

  #tellCreated({ name, resource }: ResourceSpec): void {
    const { environment } = this.#bench;
    this.#bench.hands.tell({ type: "resourceCreated", environment, resource: name, kind: resource });
  }

  /** What is known of a resource once nothing of an earlier work on it is left. */
  async #settled(name: string): Promise<Result<LedgerEntry | undefined>> {
    const entry = await this.#bench.ledger.entry(name);
    if (!entry.ok || entry.value === undefined) return entry;
    if (entry.value.state !== "destroying" && entry.value.begun?.work !== "restore") return entry;
    const finished = await this.#finish({ name, entry: entry.value });
    return finished.ok ? this.#bench.ledger.entry(name) : finished;
  }

  async #finish(known: Known): Promise<Result<void>> {
    switch (known.entry.state) {
      case "destroying":
        return this.#destroy(known);
      case "creating":
        return this.#make(known.entry.spec, []);
      case "ready":
        return this.restores.finish(known);
      default:
        return known.entry.state satisfies never;
    }
  }

  /** Where that fails, too, it stays in the ledger: the next one who makes it goes on. */
  async #takeBack(name: string): Promise<void> {
    const entry = await this.#bench.ledger.entry(name);
    const taken = entry.ok && entry.value !== undefined ? await this.#destroy({ name, entry: entry.value }) : entry;
    if (!taken.ok) this.#bench.report(taken.failures);
  }

  #destroy({ name }: Known): Promise<Result<void>> {
    return this.#bench.saving(name, () => this.#destroyInTurn(name));
  }

  async #destroyInTurn(name: string): Promise<Result<void>> {
    const { environment, hands, ledger } = this.#bench;
    const noted = await this.#bench.change(name, (entry) => ({ ...entry, state: "destroying" }));
    if (!noted.ok) return noted;
    const known = { name, entry: noted.value };
    const forgotten = await this.snapshots.forgetAll(known);
    if (!forgotten.ok) return forgotten;
    const provider = this.#bench.provider(known.entry.spec);
    const gone = await provider.destroy(known.entry.spec, this.#bench.context(known));
    if (!gone.ok) return gone;
    const struck = await ledger.strike(name);
    if (!struck.ok) return struck;
    this.#connections.forget(name);
    this.#left.delete(name);
    hands.tell({ type: "resourceDestroyed", environment, resource: name, snapshots: forgotten.value });
    return ok();
  }
}

function nothingToSave(environment: string) {
  return {
    code: "nothing-to-save",
    message: `${environment} has no resource that keeps data`,
    hint: `See which ones it has: tidegate status ${environment}. A deployment creates what is missing: tidegate deploy ${environment}`,
  } as const;
}

function anotherKind(environment: string, before: ResourceSpec, spec: ResourceSpec) {
  return {
    code: "resource-changed",
    message: `${spec.name} of ${environment} is a ${before.resource}, but the definition now says ${spec.resource}`,
    hint: `Give the new one another name, so that nothing is lost; or remove all data of the environment first: tidegate env destroy ${environment} --yes`,
  } as const;
}
