import { ok, type Result } from "../../errors/result.ts";
import {
  type BackupSpec,
  decodeSnapshots,
  type KnownSnapshot,
  type LedgerEntry,
  ledgerCodec,
  type SnapshotAbout,
  snapshotCodec,
} from "../../records/resource.ts";
import type { Lease, Store } from "../../store/store.ts";

/** A resource of the ledger and what is known of it now. */
export interface Known {
  readonly name: string;
  readonly entry: LedgerEntry;
}

/** How it is backed up; `undefined` where nothing of it can be. */
export function backupOf({ spec }: LedgerEntry): BackupSpec | undefined {
  return "backup" in spec ? spec.backup : undefined;
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
    const known = records.ok ? decodeSnapshots(records.value) : records;
    return known.ok ? ok(known.value.filter((one) => resource === undefined || one.resource === resource)) : known;
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
