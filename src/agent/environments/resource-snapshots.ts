import { statfs } from "node:fs/promises";
import type { FailureCode } from "../../errors/codes.ts";
import type { Failure } from "../../errors/failure.ts";
import { showBytes } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { SnapshotReason } from "../../events/event.ts";
import { makeFolder } from "../../files/make-folder.ts";
import type { BackupSpec, BegunWork, LedgerEntry, SnapshotAbout } from "../../records/resource.ts";
import type { Snapshots } from "../../resources/resource.ts";
import { toForget } from "../../resources/retention.ts";
import { notThere, type ResourceBench } from "./resource-bench.ts";
import type { Known, KnownSnapshot } from "./resource-ledger.ts";

export interface TakeRequest {
  readonly because: SnapshotReason;
  /** Only of these; without it, of all that keep something. */
  readonly resources?: readonly string[];
  readonly deployment?: number;
}

export interface RestoreRequest {
  /** Only this one; without it, all of which there is a snapshot. */
  readonly resource?: string;
  /** The snapshot's number; without it, the newest that was not made before a restore. */
  readonly at?: number;
}

/** From here on people are told how much there is before it is begun. */
const tellFromBytes = 1_000_000_000;
/** What a disk does in a second at least, for a guess that people can wait by. */
const bytesPerSecond = 50_000_000;

type Begun<W extends BegunWork["work"]> = Extract<BegunWork, { work: W }>;
export type Saved = Known & { readonly snapshots: Snapshots };

/**
 * Snapshots of one environment's resources. Only by whose turn it is. What is begun stands in the ledger before it is, and is
 * struck out after all of it was written; whoever finds it there goes on with `finish`.
 */
export class ResourceSnapshots {
  readonly #bench: ResourceBench;

  constructor(bench: ResourceBench) {
    this.#bench = bench;
  }

  /** Saves what resources keep now; what is no longer kept is removed. Resolves with the snapshots made. */
  async take({ because, resources, deployment }: TakeRequest): Promise<Result<readonly KnownSnapshot[]>> {
    const saved = await this.#keeping(resources);
    if (!saved.ok) return saved;
    const made: KnownSnapshot[] = [];
    for (const one of saved.value) {
      const at = this.#bench.hands.world.now();
      const name = `${new Date(at).toISOString().replaceAll(/[-:.]/g, "")}-${because}`;
      const begun: BegunWork = { work: "snapshot", name, at, because, ...(deployment !== undefined && { deployment }) };
      const snapshot = await this.#takeOne(one, begun);
      if (!snapshot.ok) return snapshot;
      made.push(snapshot.value);
    }
    return ok(made);
  }

  /** Saves what a service's migration may change, unless that was done for this deployment already. */
  async takeBeforeMigration(deployment: number, resources: readonly string[]): Promise<Result<void>> {
    const snapshots = await this.#bench.ledger.snapshots();
    if (!snapshots.ok) return snapshots;
    const isDone = (name: string) =>
      snapshots.value.some((one) => one.resource === name && one.deployment === deployment);
    const open = resources.filter((name) => !isDone(name));
    if (open.length === 0) return ok();
    const taken = await this.take({ because: "beforeMigration", resources: open, deployment });
    return taken.ok ? ok() : taken;
  }

  /** Which snapshots a restore is about; one for each resource at most. */
  async choose(request: RestoreRequest): Promise<Result<readonly KnownSnapshot[]>> {
    const { resource, at } = request;
    const snapshots = await this.#bench.ledger.snapshots(resource);
    if (!snapshots.ok) return snapshots;
    const chosen =
      at === undefined
        ? newestOfEach(snapshots.value.filter(({ because }) => because !== "beforeRestore"))
        : snapshots.value.filter(({ id }) => id === at);
    return chosen.length > 0 ? ok(chosen) : failed(noSnapshot(this.#bench.environment, request));
  }

  /** Makes resources what they were in these snapshots, one after the other. */
  async restore(snapshots: readonly KnownSnapshot[]): Promise<Result<void>> {
    for (const snapshot of snapshots) {
      const begun: BegunWork = { work: "restore", snapshot: snapshot.id };
      const noted = await this.#bench.change(snapshot.resource, (entry) => ({ ...entry, begun }));
      if (!noted.ok) return noted;
      const restored = await this.#restoreOne({ name: snapshot.resource, entry: noted.value }, snapshot);
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
    const newest = newestOfEach(snapshots.value.filter(({ because }) => because !== "beforeRestore"));
    const names = entries.value.filter(({ entry }) => entry.state === "ready").map(({ name }) => name);
    const missing = names.filter((name) => !newest.some(({ resource }) => resource === name));
    const taken = missing.length === 0 ? ok([]) : await this.take({ because: "asked", resources: missing });
    return taken.ok ? ok([...newest, ...taken.value]) : taken;
  }

  /**
   * Makes resources what those of the same name and kind were in another environment's snapshots. Safe to repeat: whoever
   * was killed in the middle of it does it again.
   */
  async fill(snapshots: readonly KnownSnapshot[]): Promise<Result<void>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    for (const known of entries.value) {
      const isOf = (one: KnownSnapshot) => one.resource === known.name && one.kind === known.entry.spec.resource;
      const snapshot = snapshots.find(isOf);
      const filled = snapshot === undefined ? ok() : await this.#restoreOne(known, snapshot);
      if (!filled.ok) return filled;
    }
    return ok();
  }

  /** Goes on with what was begun and has not ended; nothing if nothing was. */
  async finish(known: Known): Promise<Result<void>> {
    const { begun } = known.entry;
    if (begun === undefined) return ok();
    return begun.work === "snapshot" ? this.#finishTaking(known, begun) : this.#finishRestoring(known, begun);
  }

  /** Removes all snapshots of a resource. */
  async forgetAll(known: Known): Promise<Result<number>> {
    const snapshots = await this.#bench.ledger.snapshots(known.name);
    if (!snapshots.ok) return snapshots;
    for (const snapshot of snapshots.value) {
      const forgotten = await this.#forget(known, snapshot);
      if (!forgotten.ok) return forgotten;
    }
    return ok(snapshots.value.length);
  }

  /** Of the resources named, or of all, those that can be saved. What was begun there is finished first. */
  async #keeping(names: readonly string[] | undefined): Promise<Result<readonly Saved[]>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    const missing = names?.find((name) => !entries.value.some((one) => one.name === name));
    if (missing !== undefined) return failed(notThere(this.#bench.environment, missing));
    const saved: Saved[] = [];
    for (const known of entries.value) {
      if (names?.includes(known.name) === false || known.entry.state !== "ready") continue;
      const finished = await this.finish(known);
      if (!finished.ok) return finished;
      const open = await this.open(known);
      if (!open.ok) return open;
      if (open.value !== undefined) saved.push(open.value);
    }
    return ok(saved);
  }

  /** With what saves it; `undefined` when it keeps nothing that could be. */
  async open({ name }: Known): Promise<Result<Saved | undefined>> {
    const entry = await this.#bench.ledger.entry(name);
    if (!entry.ok) return entry;
    if (entry.value === undefined) return failed(notThere(this.#bench.environment, name));
    const provider = this.#bench.provider(entry.value.spec);
    const { snapshots } = provider;
    return ok(snapshots && { name, entry: entry.value, snapshots });
  }

  async #takeOne(saved: Saved, begun: Begun<"snapshot">): Promise<Result<KnownSnapshot>> {
    const room = await this.#checkRoom(saved);
    if (!room.ok) return room;
    const noted = await this.#bench.change(saved.name, (entry) => ({ ...entry, begun }));
    if (!noted.ok) return noted;
    const taken = await this.#carryOut({ ...saved, entry: noted.value }, begun);
    return taken.ok ? taken : this.#giveUp(saved.name, taken.failures);
  }

  /** What could not be saved is not tried again by itself: whoever asked for it is told, and asks again. */
  async #giveUp(name: string, failures: readonly Failure[]): Promise<Result<never>> {
    const ended = await this.#bench.end(name);
    return failed(...failures, ...(ended.ok ? [] : ended.failures));
  }

  async #carryOut(saved: Saved, begun: Begun<"snapshot">): Promise<Result<KnownSnapshot>> {
    const { hands, ledger, environment } = this.#bench;
    const began = hands.world.clock.monotonic();
    const { spec } = saved.entry;
    const { name, at, because, deployment } = begun;
    const taken = await saved.snapshots.take(spec, this.#bench.context(saved), name);
    if (!taken.ok) return taken;
    if (spec.resource === "terraform") throw new Error("Terraform keeps nothing that a snapshot could be made of");
    const kind = spec.resource;
    const about: SnapshotAbout = {
      ...{ resource: saved.name, kind, at, because, ...taken.value },
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
    if (!pruned.ok) hands.world.report({ failures: pruned.failures });
    return ok({ id: id.value, ...about });
  }

  /** Says how much there is when it is much; fails with `no-space` when the disk has not so much left. */
  async #checkRoom({ name, entry, snapshots }: Saved): Promise<Result<void>> {
    const size = await snapshots.size(entry.spec, this.#bench.context({ name, entry }));
    if (!size.ok) return size;
    const { bytes } = size.value;
    const folder = this.#bench.hands.world.resources.host.snapshots;
    makeFolder(folder);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (bytes >= tellFromBytes) {
      const seconds = Math.ceil(bytes / bytesPerSecond);
      this.#say(name, `${showBytes(bytes)} are saved: that takes up to ${seconds} s, and ${showBytes(free)} are free`);
    }
    return bytes < free ? ok() : failed(noRoom(name, bytes, free, folder));
  }

  async #finishTaking({ name, entry }: Known, begun: Begun<"snapshot">): Promise<Result<void>> {
    const snapshots = await this.#bench.ledger.snapshots(name);
    if (!snapshots.ok) return snapshots;
    const isKept = snapshots.value.some(({ at, because }) => at === begun.at && because === begun.because);
    const saved = isKept ? ok(undefined) : await this.open({ name, entry });
    if (!saved.ok) return saved;
    const ended = saved.value ? await this.#carryOut(saved.value, begun) : await this.#bench.end(name);
    if (ended.ok || mayPass(ended.failures)) return ended.ok ? ok() : ended;
    // Whoever asked for it is gone. A snapshot that cannot be made must not keep deployments out.
    this.#bench.hands.world.report({ failures: ended.failures });
    const over = await this.#bench.end(name);
    return over.ok ? ok() : over;
  }

  async #finishRestoring(known: Known, begun: Begun<"restore">): Promise<Result<void>> {
    const snapshots = await this.#bench.ledger.snapshots(known.name);
    if (!snapshots.ok) return snapshots;
    const snapshot = snapshots.value.find(({ id }) => id === begun.snapshot);
    if (snapshot !== undefined) return this.#restoreOne(known, snapshot);
    const ended = await this.#bench.end(known.name);
    return ended.ok ? ok() : ended;
  }

  async #restoreOne(known: Known, snapshot: KnownSnapshot): Promise<Result<void>> {
    const { hands, environment } = this.#bench;
    const began = hands.world.clock.monotonic();
    const saved = await this.open(known);
    if (!saved.ok || saved.value === undefined) return saved.ok ? ok() : saved;
    const context = this.#bench.context(saved.value);
    const restored = await saved.value.snapshots.restore(saved.value.entry.spec, context, snapshot);
    // What does not go away by itself would keep the environment from everything else: nothing was changed, and it is told.
    if (!restored.ok && !mayPass(restored.failures)) return this.#giveUp(known.name, restored.failures);
    if (!restored.ok) return restored;
    const ended = await this.#bench.end(known.name);
    if (!ended.ok) return ended;
    const durationMs = Math.round(hands.world.clock.monotonic() - began);
    hands.tell({ type: "resourceRestored", environment, resource: known.name, snapshot: snapshot.id, durationMs });
    return ok();
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
    const open = await this.open(known);
    if (!open.ok) return open;
    const { snapshots, entry } = open.value ?? (known as Saved);
    const gone = await snapshots?.forget(entry.spec, this.#bench.context(known), place);
    return gone?.ok === false ? gone : this.#bench.ledger.removeSnapshot(id);
  }

  #say(resource: string, text: string): void {
    this.#bench.hands.tell({ type: "resourceProgress", environment: this.#bench.environment, resource, text });
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

/** How it is backed up; `undefined` where nothing of it can be. */
export function backupOf({ spec }: LedgerEntry): BackupSpec | undefined {
  return "backup" in spec ? spec.backup : undefined;
}

function newestOfEach(snapshots: readonly KnownSnapshot[]): KnownSnapshot[] {
  return snapshots.filter(({ resource, id }) => snapshots.find((one) => one.resource === resource)?.id === id);
}

function noSnapshot(environment: string, { resource, at }: RestoreRequest): Failure {
  const which = at === undefined ? "There is no snapshot" : `There is no snapshot ${at}`;
  return {
    code: "unknown-snapshot",
    message: `${which} of ${resource === undefined ? environment : `${resource} in ${environment}`}`,
    hint: `See which there are: tidegate env snapshots ${environment}`,
  };
}

function noRoom(name: string, bytes: number, free: number, folder: string): Failure {
  return {
    code: "no-space",
    message: `No space left for a snapshot of ${name}`,
    cause: `It has ${showBytes(bytes)}; where ${folder} is, ${showBytes(free)} are free.`,
    hint: "Free some space there, then run the command again: nothing half-written was kept.",
  };
}
