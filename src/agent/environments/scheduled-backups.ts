import { ok, type Result } from "../../errors/result.ts";
import { isDue } from "../../resources/retention.ts";
import type { ResourceBench } from "./resource-bench.ts";
import type { Known, KnownSnapshot } from "./resource-ledger.ts";
import { backupOf, type ResourceSnapshots, type Saved } from "./resource-snapshots.ts";

/** The backups that the definition wants made by themselves. Only by whose turn it is, but for `isDue`. */
export class ScheduledBackups {
  readonly #bench: ResourceBench;
  readonly #snapshots: ResourceSnapshots;

  constructor(bench: ResourceBench, snapshots: ResourceSnapshots) {
    this.#bench = bench;
    this.#snapshots = snapshots;
  }

  /** Makes those scheduled backups that are due now, tries each, and copies it. What fails is told and kept in the ledger. */
  async backUpDue(): Promise<Result<void>> {
    const entries = await this.#bench.ledger.entries();
    if (!entries.ok) return entries;
    for (const known of entries.value.filter((one) => this.isDue(one))) {
      const at = this.#bench.hands.world.now();
      const done = await this.#backUp(known);
      const environment = this.#bench.environment;
      if (!done.ok)
        this.#bench.hands.tell({ type: "backupFailed", environment, resource: known.name, failures: done.failures });
      const problem = done.ok ? {} : { problem: done.failures.map(({ message }) => message).join("; ") };
      const noted = await this.#bench.change(known.name, (entry) => ({ ...entry, backup: { at, ...problem } }));
      if (!noted.ok) return noted;
    }
    return ok();
  }

  /** Whether a scheduled backup of it is due. */
  isDue({ entry }: Known): boolean {
    const spec = backupOf(entry);
    return spec !== undefined && entry.state === "ready" && isDue(spec, entry.backup, this.#bench.hands.world.now());
  }

  async #backUp({ name, entry }: Known): Promise<Result<void>> {
    const taken = await this.#snapshots.take({ because: "scheduled", resources: [name] });
    if (!taken.ok) return taken;
    const [snapshot] = taken.value;
    const saved = await this.#snapshots.open({ name, entry });
    if (!saved.ok || saved.value === undefined || snapshot === undefined) return saved.ok ? ok() : saved;
    const rehearsed = await this.#rehearse(saved.value, snapshot);
    if (!rehearsed.ok) return rehearsed;
    const to = backupOf(entry)?.to;
    const { snapshots } = saved.value;
    if (to === undefined || snapshots.copyTo === undefined) return ok();
    const copied = await snapshots.copyTo(entry.spec, this.#bench.context(saved.value), snapshot, to);
    if (copied.ok) this.#tellCopied(name, copied.value);
    return copied.ok ? ok() : copied;
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

  #tellCopied(resource: string, to: string): void {
    const { environment, hands } = this.#bench;
    hands.tell({ type: "resourceProgress", environment, resource, text: `copied to ${to}` });
  }
}
