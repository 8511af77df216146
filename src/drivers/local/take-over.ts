import type { ByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { appendLog, rotateLog } from "./log-file.ts";
import { type Settled, settledBytes, wholeBytes } from "./settled-bytes.ts";
import { type Piece, pieceBytes, readPiece } from "./spool.ts";
import { readNote, type SpoolNote, writeNote } from "./spool-note.ts";

/** The output of one start, as it is taken over from its spool into its log. */
export interface Taking {
  readonly spool: string;
  /** Of the process: the log and the note are in it. */
  readonly folder: string;
  /** Hides what the process was given; `undefined` when nobody can tell any more what that was. */
  readonly redactor: ByteRedactor | undefined;
  /** The log is put aside when it is longer. */
  readonly limitBytes: number;
  /** Nothing is written to the spool any more. */
  readonly isOver: boolean;
}

/** So much that nobody has taken over yet is kept, times the limit of the log; of more only the end. */
const backlogLogs = 4;

/**
 * Takes one piece over. Everything it goes by stands on disk, so it may be killed at any moment, and does not mind who
 * took the piece before.
 *
 * @returns how far the spool is read, and whether there is more to take; `undefined` when there is nothing to take over.
 * @throws the system's error when the disk refuses; then nothing has changed, and it can be tried again.
 */
export function takeOver(taking: Taking): { readonly read: number; readonly isMore: boolean } | undefined {
  const note = readNote(taking.folder);
  const piece = note && readPiece(taking.spool, note.read);
  if (note === undefined || piece === undefined) return undefined;
  const from = { ...note, read: piece.from };
  if (taking.redactor === undefined) return { read: withhold(taking, from, piece), isMore: false };
  const skipped = piece.size - piece.from - backlogLogs * taking.limitBytes;
  if (skipped > pieceBytes) return { read: skip(taking, taking.redactor, from, piece.size), isMore: true };
  const isLast = piece.from + piece.bytes.length >= piece.size;
  const settled = settle(piece, taking.redactor, taking.isOver && isLast);
  if (settled.length > 0) keep(taking, from, settled);
  return { read: piece.from + settled.length, isMore: !isLast };
}

/** A whole piece that is not settled can only be one long run of secrets, each one in the next: it is hidden as such. */
function settle({ bytes }: Piece, redactor: ByteRedactor, isLast: boolean): Settled {
  const settled = isLast ? wholeBytes(bytes, redactor) : settledBytes(bytes, redactor);
  return settled.length === 0 && bytes.length === pieceBytes ? wholeBytes(bytes, redactor) : settled;
}

function keep({ folder, limitBytes }: Taking, note: SpoolNote, { length, shown }: Settled): void {
  let { written } = note;
  if (written > limitBytes) {
    rotateLog(folder);
    written = 0;
    // Noted at once: what is in the new log must not be taken for the end of the old one.
    writeNote(folder, { ...note, written });
  }
  writeNote(folder, { ...note, read: note.read + length, written: appendLog(folder, written, shown) });
}

/**
 * Output whose secrets nobody knows any more (their key went with the machine's start) must not be shown, and may not
 * be thrown away as long as they could still be found: it stays in the spool up to the limit, and the log says so.
 */
function withhold({ folder, limitBytes, isOver }: Taking, note: SpoolNote, { size }: Piece): number {
  if (size === note.read) return note.read;
  const isTooMuch = isOver || size - note.read > limitBytes;
  const read = isTooMuch ? size : note.read;
  if (note.isWithheld && read === note.read) return read;
  const text = note.isWithheld ? "" : `${withheld}\n`;
  const written = appendLog(folder, note.written, Buffer.from(text));
  writeNote(folder, { ...note, read, written, isWithheld: true });
  return read;
}

const withheld =
  "tidegate: output is withheld from here on: the secrets that would have to be redacted can no longer be read; deploy again to see it";

/** What was written while nobody was there would not fit the log: goes on where its last part begins. */
function skip({ spool, folder, limitBytes }: Taking, redactor: ByteRedactor, note: SpoolNote, size: number): number {
  const until = size - 2 * limitBytes;
  const before = readPiece(spool, Math.max(note.read, until - pieceBytes), pieceBytes);
  if (before === undefined) return note.read;
  // A cut at any place could leave half a secret.
  const read = before.from + (settledBytes(before.bytes, redactor).length || before.bytes.length);
  const text = `tidegate: ${read - note.read} bytes are missing here: they were written while nothing was reading them\n`;
  const written = appendLog(folder, note.written, Buffer.from(text));
  writeNote(folder, { ...note, read, written });
  return read;
}
