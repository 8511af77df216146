import { ok, type Result } from "../../errors/result.ts";
import type { KnownSnapshot } from "../../records/resource.ts";
import { isDue } from "../../resources/retention.ts";
import type { ResourceBench } from "./resource-bench.ts";
import { backupOf, type Known } from "./resource-ledger.ts";
import { ResourceSnapshots, type Saved } from "./resource-snapshots.ts";

/** Whether a scheduled backup of it is due, or a snapshot was begun that nobody has finished. */
export function isBackupDue({ entry }: Known, now: number): boolean {
  if (entry.state !== "ready") return false;
  const spec = backupOf(entry);
  return entry.begun?.work === "snapshot" || (spec !== undefined && isDue(spec, entry.backup, now));
}

/**
 * The backups that the definition wants made by themselves. They are made beside everything else: each step of one takes the turn
 * for saving the resource, so that a migration's snapshot waits for the step at most.
 */
export class ScheduledBackups {
  readonly #bench: ResourceBench;
  readonly #snapshots: ResourceSnapshots;

  constructor(bench: ResourceBench) {
    this.#bench = bench;
    this.#snapshots = new ResourceSnapshots(bench);
  }

  /** Makes those scheduled backups that are due now, tries each, and copies it. What fails is told and kept in the ledger. */
  async backUpDue(): Promise<Result<void>> {
    const { hands, ledger } = this.#bench;
    const entries = await ledger.entries();
    if (!entries.ok) return entries;
    for (const { name } of entries.value.filter((one) => isBackupDue(one, hands.world.now()))) {
      const finished = await this.#snapshots.finish(name);
      if (!finished.ok) return finished;
      const entry = await ledger.entry(name);
      if (!entry.ok) return entry;
      const known = entry.value && { name, entry: entry.value };
      const done = known && isBackupDue(known, hands.world.now()) ? await this.#backUpAndNote(known) : ok();
      if (!done.ok) return done;
    }
    return ok();
  }

  async #backUpAndNote(known: Known): Promise<Result<void>> {
    const { environment, hands } = this.#bench;
    const at = hands.world.now();
    const done = await this.#backUp(known);
    const failures = done.ok ? [] : hands.redact(done.failures);
    if (!done.ok) hands.tell({ type: "backupFailed", environment, resource: known.name, failures });
    const problem = done.ok ? {} : { problem: failures.map(({ message }) => message).join("; ") };
    const noted = await this.#bench.change(known.name, (entry) => ({ ...entry, backup: { at, ...problem } }));
    return noted.ok ? ok() : noted;
  }

  async #backUp({ name, entry }: Known): Promise<Result<void>> {
    const taken = await this.#snapshots.take({ because: "scheduled", resources: [name] });
    if (!taken.ok) return taken;
    for (const snapshot of taken.value) {
      const rehearsed = await this.#inTurn(snapshot, (saved) => this.#rehearse(saved, snapshot));
      if (!rehearsed.ok) return rehearsed;
      const to = backupOf(entry)?.to;
      if (to === undefined) continue;
      const copied = await this.#inTurn(snapshot, (saved) => this.#copy(saved, snapshot, to));
      if (!copied.ok) return copied;
    }
    return ok();
  }

  /** Does something with a snapshot, unless it has gone meanwhile: another one was made that takes its place. */
  #inTurn(snapshot: KnownSnapshot, work: (saved: Saved) => Promise<Result<void>>): Promise<Result<void>> {
    const { resource, id } = snapshot;
    return this.#bench.saving(resource, async () => {
      const snapshots = await this.#bench.ledger.snapshots(resource);
      if (!snapshots.ok) return snapshots;
      if (!snapshots.value.some((one) => one.id === id)) return ok();
      const saved = await this.#snapshots.open(resource);
      if (!saved.ok) return saved;
      return saved.value === undefined ? ok() : work(saved.value);
    });
  }

  async #rehearse(saved: Saved, snapshot: KnownSnapshot): Promise<Result<void>> {
    const { hands, ledger, environment } = this.#bench;
    const began = hands.world.clock.monotonic();
    const rehearsed = await saved.snapshots.rehearse(saved.entry.spec, this.#bench.context(saved), snapshot);
    const durationMs = Math.round(hands.world.clock.monotonic() - began);
    const outcome = { at: hands.world.now(), ok: rehearsed.ok, ms: durationMs };
    const written = await ledger.setSnapshot({ ...snapshot, rehearsed: outcome });
    if (!written.ok) return written;
    const failures = rehearsed.ok ? [] : rehearsed.failures;
    const about = { environment, resource: saved.name, snapshot: snapshot.id } as const;
    hands.tell({ type: "snapshotRehearsed", ...about, durationMs, failures });
    return rehearsed;
  }

  async #copy(saved: Saved, snapshot: KnownSnapshot, to: string): Promise<Result<void>> {
    const { environment, hands } = this.#bench;
    const copied = await saved.snapshots.copyTo?.(saved.entry.spec, this.#bench.context(saved), snapshot, to);
    if (copied === undefined || !copied.ok) return copied ?? ok();
    hands.tell({ type: "resourceProgress", environment, resource: saved.name, text: `copied to ${copied.value}` });
    return ok();
  }
}
