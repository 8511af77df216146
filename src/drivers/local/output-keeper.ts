import { statSync, unlinkSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileFailure } from "../../files/file-failure.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { type ByteRedactor, createByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { SpoolPlace } from "../place.ts";
import { type Home, type Kind, type ProcessName, processFolder } from "./home.ts";
import { logSize } from "./log-file.ts";
import { Reclaimer } from "./reclaim.ts";
import { type ProcessRecord, readRecord } from "./record.ts";
import { spoolPath } from "./spool.ts";
import { notePath, readNote, type SpoolNote, writeNote } from "./spool-note.ts";
import { takeOver } from "./take-over.ts";

/**
 * Keeps what processes write, without any secret in it. They cannot write through a pipe: one that nobody reads blocks
 * them, one whose reader died ends them, and they must outlive everything of Tidegate. So each start writes to a file
 * of its own, the spool, raw, in a folder that is no part of the state. From there this takes it over, redacted, into
 * the log in the state folder; gives the space of the spool back; and removes it when nothing writes to it any more.
 * While nobody does that the spool grows, and nothing is lost.
 */
export class OutputKeeper {
  readonly #place: SpoolPlace | undefined;
  readonly #limitBytes: number;
  readonly #reclaimer = new Reclaimer();
  /** By nonce: making one takes a while. */
  readonly #redactors = new Map<string, ByteRedactor>();
  /** By nonce: how large a spool was when all of it had been looked at. */
  readonly #seen = new Map<string, number>();

  /** Without a place there are only logs to read: nothing can be started. */
  constructor(place: SpoolPlace | undefined, limitBytes: number) {
    this.#place = place;
    this.#limitBytes = limitBytes;
  }

  /** Where the spools are, if there are any. */
  get folder(): string | undefined {
    return this.#place?.folder;
  }

  /**
   * The file that a process about to start is to write to. What the start before wrote has been finished.
   *
   * @throws the system's error when the disk refuses.
   */
  begin(home: Home, kind: Kind, { environment, id, nonce }: ProcessRecord, secrets: readonly Secret[]): string {
    if (this.#place === undefined) throw new Error("This driver has no folder for spools");
    makeFolder(this.#place.folder);
    const folder = processFolder(home, kind, environment, id);
    const start = { read: 0, written: logSize(folder), isWithheld: false };
    writeNote(folder, { version: 1, nonce, hasSecrets: secrets.length > 0, ...start });
    this.#redactors.set(nonce, createByteRedactor(secrets));
    return spoolPath(this.#place.folder, nonce);
  }

  /** Takes over what has been written so far. A disk that refuses leaves the rest for the next time. */
  async take(home: Home, name: ProcessName, isOver = false): Promise<void> {
    // One that writes faster than this reads would never be done with.
    const until = this.#spoolSize(home, name);
    try {
      for (let read = this.takePiece(home, name, isOver); read !== undefined && read < until; ) {
        await nextTurn();
        read = this.takePiece(home, name, isOver);
      }
    } catch (error) {
      // Gone: somebody removes the state folder just now.
      const isGone = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (!isGone && fileFailure(error) === undefined) throw error;
    }
  }

  /**
   * Takes a piece over. Returns how far the spool is read, if there is more.
   *
   * @throws the system's error when the disk refuses: nothing is lost, try again.
   */
  takePiece(home: Home, name: ProcessName, isOver = false): number | undefined {
    const note = noteOf(home, name);
    const size = this.#spoolSize(home, name);
    if (note === undefined || (size === this.#seen.get(note.nonce) && !isOver)) return undefined;
    const spool = this.#spoolOf(note);
    const folder = folderOf(home, name);
    const redactor = this.#redactorFor(home, name, note);
    const taken = takeOver({ spool, folder, redactor, limitBytes: this.#limitBytes, isOver });
    if (taken === undefined) return undefined;
    this.#reclaimer.reclaim(spool, folder, taken.read);
    if (!taken.isMore && redactor !== undefined) this.#seen.set(note.nonce, size);
    return taken.isMore ? taken.read : undefined;
  }

  /** Takes over all that is left and removes the spool: nothing of that start runs any more. */
  async finish(home: Home, name: ProcessName): Promise<void> {
    const nonce = noteOf(home, name)?.nonce;
    if (nonce === undefined) return;
    await this.take(home, name, true);
    // Somebody else may have finished it meanwhile, and started the next one.
    if (noteOf(home, name)?.nonce === nonce) this.discard(home, name);
  }

  /** Removes the spool with what was not taken over. */
  discard(home: Home, name: ProcessName): void {
    const note = noteOf(home, name);
    if (note === undefined) return;
    const spool = this.#spoolOf(note);
    unlinkQuietly(spool);
    unlinkQuietly(notePath(folderOf(home, name)));
    this.#redactors.delete(note.nonce);
    this.#seen.delete(note.nonce);
    this.#reclaimer.forget(spool);
  }

  /** 0 when there is none. */
  #spoolSize(home: Home, name: ProcessName): number {
    const note = noteOf(home, name);
    return (note && statSync(this.#spoolOf(note), { throwIfNoEntry: false })?.size) ?? 0;
  }

  #spoolOf({ nonce }: SpoolNote): string {
    return spoolPath(this.#place?.folder ?? "/dev/null", nonce);
  }

  #redactorFor(home: Home, { kind, environment, id }: ProcessName, note: SpoolNote): ByteRedactor | undefined {
    const known = this.#redactors.get(note.nonce);
    if (known !== undefined) return known;
    const record = readRecord(home, kind, environment, id);
    const deployment = record.ok ? (record.value?.instance ?? record.value?.job)?.deployment : undefined;
    const secrets = note.hasSecrets ? deployment && this.#place?.secretsOf(environment, deployment) : [];
    if (!secrets) return undefined;
    const redactor = createByteRedactor(secrets);
    this.#redactors.set(note.nonce, redactor);
    return redactor;
  }
}

/** A disk that refuses leaves a note without a spool, which says nothing. */
function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It is gone already, or the disk refuses.
  }
}

function noteOf(home: Home, name: ProcessName): SpoolNote | undefined {
  return readNote(folderOf(home, name));
}

function folderOf(home: Home, { kind, environment, id }: ProcessName): string {
  return processFolder(home, kind, environment, id);
}
