import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { ok, type Result } from "../../errors/result.ts";
import type { Home } from "./home.ts";
import { type ProcessRecord, readRecord, recordPath } from "./record.ts";

/**
 * Within the coarsest tick of a file system (FAT: 2 s) a file can be written twice and look the same. What was changed
 * less long ago than this is read anew.
 */
const youngMs = 3_000;

interface Known {
  /** Taken before the record was read: one that is replaced meanwhile is read once more. */
  readonly file: BigIntStats;
  readonly record: ProcessRecord;
}

/**
 * The records of instances, for who looks at all of them several times a second: one whose file is the same as before is
 * not read and decoded again. The answers are those of `readRecord`, also of what another process changed. Only good
 * records of this very folder are kept: what is damaged, a copy, or was moved depends on more than its own file.
 */
export class KnownRecords {
  /** By environment and id. */
  readonly #known = new Map<string, Map<string, Known>>();

  /**
   * The record if it is known and its file is the same as before: what it says was so when the file was looked at, a moment ago.
   * In any case the disk has been waited for, so that a caller who reads what is news, record by record, blocks nobody for long.
   */
  async unchanged(home: Home, environment: string, id: string): Promise<ProcessRecord | undefined> {
    const file = await lookAsync(recordPath(home, "instances", environment, id));
    const known = this.#known.get(environment)?.get(id);
    const isUnchanged = known?.record.home === home.folder && file !== undefined && isSame(known.file, file);
    return isUnchanged ? known.record : undefined;
  }

  /** As `readRecord` does. */
  read(home: Home, environment: string, id: string): Result<ProcessRecord | undefined> {
    const file = look(recordPath(home, "instances", environment, id));
    const known = this.#known.get(environment)?.get(id);
    if (known?.record.home === home.folder && file !== undefined && isSame(known.file, file)) return ok(known.record);
    const read = readRecord(home, "instances", environment, id);
    const record = read.ok ? read.value : undefined;
    if (record?.home === home.folder && file !== undefined && isOld(file))
      this.#of(environment).set(id, { file, record });
    else this.#known.get(environment)?.delete(id);
    return read;
  }

  /** Forgets all others of the environment. */
  keepOnly(environment: string, ids: readonly string[]): void {
    const known = this.#known.get(environment);
    if (known === undefined) return;
    const kept = new Set(ids);
    for (const id of known.keys()) if (!kept.has(id)) known.delete(id);
    if (known.size === 0) this.#known.delete(environment);
  }

  #of(environment: string): Map<string, Known> {
    const known = this.#known.get(environment) ?? new Map<string, Known>();
    this.#known.set(environment, known);
    return known;
  }
}

/** `undefined` also when it cannot be inspected: reading it says why. */
function look(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The same while the process goes on with other things. */
async function lookAsync(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/** The time of the last change of anything (`ctime`) is the one that nobody can set. */
function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs
  );
}

function isOld(file: BigIntStats): boolean {
  return Date.now() - Number(file.ctimeMs) > youngMs;
}
