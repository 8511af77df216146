import { ok, type Result } from "../../errors/result.ts";
import { type LedgerEntry, ledgerCodec, type SnapshotAbout, snapshotCodec } from "../../records/resource.ts";
import type { Lease, Store } from "../../store/store.ts";

/** A resource of the ledger and what is known of it now. */
export interface Known {
  readonly name: string;
  readonly entry: LedgerEntry;
}

/** A snapshot that there is. */
export interface KnownSnapshot extends SnapshotAbout {
  readonly id: number;
}

/** One environment's part of the ledger. Every write is under its lease and fails with `stale-writer` once that is lost. */
export class ResourceLedger {
  readonly #store: Store;
  readonly #lease: Lease;

  constructor(store: Store, lease: Lease) {
    this.#store = store;
    this.#lease = lease;
  }

  /** By name. Fails with `state-newer` or `state-damaged` when one is not understood: then none is touched. */
  async entries(): Promise<Result<readonly Known[]>> {
    const { environment } = this.#lease;
    const records = await this.#store.resources(environment);
    if (!records.ok) return records;
    const known: Known[] = [];
    for (const { name, document } of records.value) {
      const entry = ledgerCodec.decode(document, `What is known of ${name} in ${environment}`);
      if (!entry.ok) return entry;
      known.push({ name, entry: entry.value });
    }
    return ok(known);
  }

  async entry(name: string): Promise<Result<LedgerEntry | undefined>> {
    const entries = await this.entries();
    return entries.ok ? ok(entries.value.find((one) => one.name === name)?.entry) : entries;
  }

  write(name: string, entry: LedgerEntry): Promise<Result<void>> {
    return this.#store.setResource(this.#lease, name, ledgerCodec.encode(entry));
  }

  /** Call it once nothing of it is left. */
  strike(name: string): Promise<Result<void>> {
    return this.#store.removeResource(this.#lease, name);
  }

  /** Newest first; those of one resource, or all. */
  async snapshots(resource?: string): Promise<Result<readonly KnownSnapshot[]>> {
    const records = await this.#store.snapshots(this.#lease.environment);
    if (!records.ok) return records;
    const known: KnownSnapshot[] = [];
    for (const { id, document } of records.value) {
      const about = snapshotCodec.decode(document, `What is known of snapshot ${id}`);
      if (!about.ok) return about;
      if (resource === undefined || about.value.resource === resource) known.push({ id, ...about.value });
    }
    return ok(known);
  }

  addSnapshot(about: SnapshotAbout): Promise<Result<number>> {
    return this.#store.addSnapshot(this.#lease, snapshotCodec.encode(about));
  }

  setSnapshot({ id, ...about }: KnownSnapshot): Promise<Result<void>> {
    return this.#store.setSnapshot(this.#lease, id, snapshotCodec.encode(about));
  }

  removeSnapshot(id: number): Promise<Result<void>> {
    return this.#store.removeSnapshot(this.#lease, id);
  }
}
