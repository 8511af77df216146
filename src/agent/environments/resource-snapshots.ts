import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { SnapshotReason } from "../../events/event.ts";
import type { BegunWork, KnownSnapshot, SnapshotAbout } from "../../records/resource.ts";
import type { Snapshots } from "../../resources/resource.ts";
import { toForget } from "../../resources/retention.ts";
import { notThere, type ResourceBench } from "./resource-bench.ts";
import { backupOf, type Known } from "./resource-ledger.ts";

export interface TakeRequest {
  readonly because: SnapshotReason;
  /** Only of these; without it, of all that keep something. */
  readonly resources?: readonly string[];
  readonly deployment?: number;
  /**
   * Called once the ledger says what is begun, and before each is: ends what would go on writing to it. It is safe to repeat; when
   * it fails nothing is saved.
   */
  readonly quiet?: () => Promise<Result<void>>;
}

export type BegunSnapshot = Extract<BegunWork, { work: "snapshot" }>;
export type Saved = Known & { readonly snapshots: Snapshots };

/**
 * Snapshots of one environment's resources. May be called at any time and side by side: what concerns one resource takes the
 * bench's turn for saving it. What is begun stands in the ledger before it is, and is struck out after all of it was written;
 * what is found there in a turn was left by somebody who was killed, and is finished.
 */
export class ResourceSnapshots {
  readonly #bench: ResourceBench;

  constructor(bench: ResourceBench) {
    this.#bench = bench;
  }

  /** Saves what resources keep now; what is no longer kept is removed. Resolves with the snapshots made. */
  async take({ because, resources, deployment, quiet }: TakeRequest): Promise<Result<readonly KnownSnapshot[]>> {
    const names = await this.#keeping(resources);
    if (!names.ok) return names;
    const made: KnownSnapshot[] = [];
    for (const name of names.value) {
      const of = deployment === undefined ? { because } : { because, deployment };
      const snapshot = await this.#bench.saving(name, () => this.#takeOne(name, of, quiet));
      if (!snapshot.ok) return snapshot;
      made.push(snapshot.value);
    }
    return ok(made);
  }

  /** Saves what a service's migration may change, unless that was done for this deployment already. */
  async takeBeforeMigration(deployment: number, resources: readonly string[]): Promise<Result<void>> {
    const names = await this.#keeping(resources);
    if (!names.ok) return names;
    for (const name of names.value) {
      const saved = await this.#bench.saving(name, async () => {
        // One that an earlier agent began for it counts.
        const finished = await this.#finishLeft(name);
        const snapshots = finished.ok ? await this.#bench.ledger.snapshots(name) : finished;
        if (!snapshots.ok) return snapshots;
        const isDone = snapshots.value.some((one) => one.deployment === deployment);
        return isDone ? ok() : this.#takeOne(name, { because: "beforeMigration", deployment });
      });
      if (!saved.ok) return saved;
    }
    return ok();
  }

  /** Goes on with a snapshot that was begun by somebody who was killed; nothing if none was. */
  finish(name: string): Promise<Result<void>> {
    return this.#bench.saving(name, () => this.#finishLeft(name));
  }

  /** Removes all snapshots of a resource; resolves with how many there were. Only in the turn for saving it. */
  async forgetAll(known: Known): Promise<Result<number>> {
    const snapshots = await this.#bench.ledger.snapshots(known.name);
    if (!snapshots.ok) return snapshots;
    for (const snapshot of snapshots.value) {
      const forgotten = await this.#forget(known, snapshot);
      if (!forgotten.ok) return forgotten;
    }
    return ok(snapshots.value.length);
  }

  /** With what saves it; `undefined` when it keeps nothing that could be. */
  async open(name: string): Promise<Result<Saved | undefined>> {
    const entry = await this.#bench.ledger.entry(name);
    if (!entry.ok) return entry;
    if (entry.value === undefined) return failed(notThere(this.#bench.environment, name));
    const { snapshots } = this.#bench.provider(entry.value.spec);
    return ok(snapshots && { name, entry: entry.value, snapshots });
  }

  /** Of the resources named, or of all, those that can be saved. */
  async #keeping(names: readonly string[] | undefined): Promise<Result<readonly string[]>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    const missing = names?.find((name) => !entries.value.some((one) => one.name === name));
    if (missing !== undefined) return failed(notThere(this.#bench.environment, missing));
    const isMeant = ({ name, entry }: Known) =>
      names?.includes(name) !== false &&
      entry.state === "ready" &&
      this.#bench.provider(entry.spec).snapshots !== undefined;
    return ok(entries.value.filter(isMeant).map(({ name }) => name));
  }

  async #takeOne(
    name: string,
    of: Pick<BegunSnapshot, "because" | "deployment">,
    quiet: TakeRequest["quiet"] = async () => ok(),
  ): Promise<Result<KnownSnapshot>> {
    const finished = await this.#finishLeft(name);
    if (!finished.ok) return finished;
    const at = this.#bench.hands.world.now();
    const id = `${new Date(at).toISOString().replaceAll(/[-:.]/g, "")}-${of.because}`;
    const begun: BegunSnapshot = { work: "snapshot", name: id, at, ...of };
    const noted = await this.#bench.change(name, (entry) => ({ ...entry, begun }));
    const saved = noted.ok ? await this.open(name) : noted;
    if (!saved.ok) return saved;
    if (saved.value === undefined) return failed(notThere(this.#bench.environment, name));
    const isQuiet = await quiet();
    const taken = isQuiet.ok ? await this.#carryOut(saved.value, begun) : isQuiet;
    return taken.ok ? taken : this.#giveUp(name, taken.failures);
  }

  /** What could not be saved is not tried again by itself: whoever asked for it is told, and asks again. */
  async #giveUp(name: string, failures: readonly Failure[]): Promise<Result<never>> {
    const ended = await this.#bench.end(name);
    return failed(...failures, ...(ended.ok ? [] : ended.failures));
  }

  async #carryOut(saved: Saved, begun: BegunSnapshot): Promise<Result<KnownSnapshot>> {
    const { hands, ledger, environment } = this.#bench;
    const began = hands.world.clock.monotonic();
    const { name, at, because, deployment } = begun;
    const taken = await saved.snapshots.take(saved.entry.spec, this.#bench.context(saved), name);
    if (!taken.ok) return taken;
    const about: SnapshotAbout = {
      ...{ resource: saved.name, at, because, ...taken.value },
      ...(deployment !== undefined && { deployment }),
    };
    const id = await ledger.addSnapshot(about);
    if (!id.ok) return id;
    const ended = await this.#bench.end(saved.name);
    if (!ended.ok) return ended;
    const durationMs = Math.round(hands.world.clock.monotonic() - began);
    const told = { environment, resource: saved.name, snapshot: id.value, because, durationMs } as const;
    hands.tell({ type: "snapshotMade", ...told, bytes: about.bytes });
    const pruned = await this.#prune(saved);
    if (!pruned.ok) this.#bench.report(pruned.failures);
    return ok({ id: id.value, ...about });
  }

  async #finishLeft(name: string): Promise<Result<void>> {
    const open = await this.open(name);
    if (!open.ok || open.value === undefined) return open.ok ? ok() : open;
    const saved = open.value;
    const { begun } = saved.entry;
    if (begun?.work !== "snapshot") return ok();
    const snapshots = await this.#bench.ledger.snapshots(saved.name);
    if (!snapshots.ok) return snapshots;
    const isKept = snapshots.value.some(({ at, because }) => at === begun.at && because === begun.because);
    const done = isKept ? ok() : await this.#carryOut(saved, begun);
    if (!done.ok && done.failures.some(({ code }) => code === "stale-writer" || code === "interrupted")) return done;
    // Whoever asked for it is gone. A snapshot that cannot be made must not keep others out.
    if (!done.ok) this.#bench.report(done.failures);
    const ended = await this.#bench.end(saved.name);
    return ended.ok ? ok() : ended;
  }

  async #prune(saved: Saved): Promise<Result<void>> {
    const spec = backupOf(saved.entry);
    const snapshots = await this.#bench.ledger.snapshots(saved.name);
    if (!snapshots.ok || spec === undefined) return snapshots.ok ? ok() : snapshots;
    for (const snapshot of toForget(snapshots.value, spec, this.#bench.hands.world.now())) {
      const forgotten = await this.#forget(saved, snapshot);
      if (!forgotten.ok) return forgotten;
      const about = { environment: this.#bench.environment, resource: saved.name, snapshot: snapshot.id } as const;
      this.#bench.hands.tell({ type: "snapshotRemoved", ...about });
    }
    return ok();
  }

  /** What is in the list may be there; so the list comes last. */
  async #forget(known: Known, { id, place }: KnownSnapshot): Promise<Result<void>> {
    const open = await this.open(known.name);
    if (!open.ok) return open;
    const { snapshots, entry } = open.value ?? (known as Saved);
    const gone = await snapshots?.forget(entry.spec, this.#bench.context(known), place);
    return gone?.ok === false ? gone : this.#bench.ledger.removeSnapshot(id);
  }
}
