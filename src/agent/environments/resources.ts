import type { ServiceSpec } from "../../environment/spec.ts";
import { both, type Failed, failed, ok, type Result } from "../../errors/result.ts";
import type { LedgerEntry, ResourceSpec } from "../../records/resource.ts";
import type { Outputs } from "../../resources/resource.ts";
import { Secret, type Secrets } from "../../secrets/secret.ts";
import { ResourceBench, type ResourceHands } from "./resource-bench.ts";
import type { Known } from "./resource-ledger.ts";
import { ResourceSnapshots } from "./resource-snapshots.ts";
import { ScheduledBackups } from "./scheduled-backups.ts";

/**
 * The resources of one environment. Only by whose turn it is, but for `connections`, `secrets` and `isDue`, which may be
 * called at any time.
 *
 * The order, which makes a kill at any point harmless: the ledger says what is about to be made before it is, and is struck out
 * after it is gone; what was begun with it (a snapshot, a restore) stands there until it has ended. Whoever comes next (`recover`,
 * or the next work on the resource) finishes it. When the lease is lost the next note fails, and nothing further is done.
 */
export class EnvironmentResources {
  readonly #bench: ResourceBench;
  readonly snapshots: ResourceSnapshots;
  readonly #backups: ScheduledBackups;
  /** What lets somebody into a resource, by its name: nobody is to read it anywhere. */
  readonly #told = new Map<string, readonly Secret[]>();
  #scheduled: readonly Known[] = [];

  constructor(hands: ResourceHands) {
    this.#bench = new ResourceBench(hands);
    this.snapshots = new ResourceSnapshots(this.#bench);
    this.#backups = new ScheduledBackups(this.#bench, this.snapshots);
  }

  /** Everything secret that processes may have been told of resources. */
  get secrets(): readonly Secret[] {
    return [...this.#told.values()].flat();
  }

  /** Whether a scheduled backup is due. */
  isDue(): boolean {
    return this.#scheduled.some((known) => this.#backups.isDue(known));
  }

  async backUpDue(): Promise<Result<void>> {
    return both(await this.#backups.backUpDue(), await this.#look());
  }

  /**
   * Makes what is missing and mends what was altered. When that fails, what was made for it is taken back. `secrets`: of the
   * environment, with the URLs of what is external.
   */
  async ensure(specs: readonly ResourceSpec[], secrets: Secrets = this.#bench.secrets): Promise<Result<void>> {
    this.#bench.secrets = secrets;
    const fresh: string[] = [];
    for (const spec of specs) {
      const made = await this.#make(spec, fresh);
      if (made.ok) continue;
      for (const name of fresh.reverse()) await this.#takeBack(name);
      return made;
    }
    return this.#look();
  }

  /** Takes back what was set of these besides what `ensure` makes. What was never made has nothing of it. */
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
   * one who tries. `secrets`: of what serves.
   */
  async recover(secrets: Secrets): Promise<Result<void>> {
    this.#bench.secrets = secrets;
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    const finished: Result<unknown>[] = [];
    for (const known of entries.value) finished.push(await this.#finish(known));
    const left = finished.filter((one): one is Failed => !one.ok);
    return both(...left, await this.#look());
  }

  /**
   * What a process gets of the resources that it uses, by environment variable. It belongs to the environment and is asked for
   * anew each time. `secrets`: with the URLs of what is external.
   */
  async connections(
    uses: NonNullable<ServiceSpec["uses"]>,
    secrets: Secrets,
  ): Promise<Result<Readonly<Record<string, string | Secret>>>> {
    const outputs = new Map<string, Outputs>();
    const variables: Record<string, string | Secret> = {};
    for (const [variable, { resource, output }] of Object.entries(uses)) {
      const known = outputs.get(resource);
      const told = known === undefined ? await this.#connect(resource, secrets) : ok(known);
      if (!told.ok) return told;
      outputs.set(resource, told.value);
      const value = Object.hasOwn(told.value, output) ? told.value[output] : undefined;
      if (value === undefined) return failed(noOutput(resource, output));
      variables[variable] = value;
    }
    return ok(variables);
  }

  async #connect(name: string, secrets: Secrets): Promise<Result<Outputs>> {
    const entry = await this.#bench.ledger.entry(name);
    if (!entry.ok) return entry;
    if (entry.value?.state !== "ready") return failed(notReady(this.#bench.environment, name));
    const provider = this.#bench.provider(entry.value.spec);
    const context = this.#bench.context({ name, entry: entry.value }, secrets);
    const told = await provider.connect(entry.value.spec, context);
    if (told.ok) this.#told.set(name, Object.values(told.value).filter(isSecret));
    return told;
  }

  /** Reads what is there: what has a schedule, and what is secret. What cannot be reached now tells it when it is used. */
  async #look(): Promise<Result<void>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    this.#scheduled = entries.value.filter(
      ({ entry: { spec } }) => "backup" in spec && spec.backup.everyMs !== undefined,
    );
    for (const { name, entry } of entries.value)
      if (entry.state === "ready" && !this.#told.has(name)) await this.#connect(name, this.#bench.secrets);
    return ok();
  }

  /** `fresh` gets its name before anything of it is there, if it is new. */
  async #make(spec: ResourceSpec, fresh: string[]): Promise<Result<void>> {
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
    const created = await provider.create(spec, this.#bench.context({ name: spec.name, entry }));
    if (!created.ok) return created;
    const ready: LedgerEntry = { ...entry, spec, made: created.value, state: "ready" };
    const written = await this.#bench.ledger.write(spec.name, ready);
    if (!written.ok) return written;
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
    if (entry.value.state !== "destroying" && entry.value.begun === undefined) return entry;
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
        return this.snapshots.finish(known);
      default:
        return known.entry.state satisfies never;
    }
  }

  /** Where that fails, too, it stays in the ledger: the next one who makes it goes on. */
  async #takeBack(name: string): Promise<void> {
    const entry = await this.#bench.ledger.entry(name);
    const taken = entry.ok && entry.value !== undefined ? await this.#destroy({ name, entry: entry.value }) : entry;
    if (!taken.ok) this.#bench.hands.world.report({ failures: taken.failures });
  }

  async #destroy({ name }: Known): Promise<Result<void>> {
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
    this.#told.delete(name);
    hands.tell({ type: "resourceDestroyed", environment, resource: name, snapshots: forgotten.value });
    return ok();
  }
}

function isSecret(value: string | Secret): value is Secret {
  return value instanceof Secret;
}

function notReady(environment: string, name: string) {
  return {
    code: "unknown-resource",
    message: `${environment} has no resource ${name} that is ready`,
    hint: `A deployment makes it: tidegate deploy ${environment}`,
  } as const;
}

function noOutput(resource: string, output: string) {
  return {
    code: "unknown-output",
    message: `${resource} has no ${output}`,
    hint: `Name one of its outputs in \`uses\`, then release and deploy again.`,
  } as const;
}

function anotherKind(environment: string, before: ResourceSpec, spec: ResourceSpec) {
  return {
    code: "resource-changed",
    message: `${spec.name} of ${environment} is a ${before.resource}; the definition says ${spec.resource} now`,
    hint: `Give the new one another name, so that nothing is lost; or remove all data of the environment first: tidegate env destroy ${environment} --yes`,
  } as const;
}
