import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

/** What one read takes at most: more than the longest form of a secret that fits an environment. */
export const pieceBytes = 1024 * 1024;

/** Where the processes of one start write to. */
export function spoolPath(folder: string, nonce: string): string {
  return join(folder, nonce);
}

/** Bytes of a spool from an offset on. */
export interface Piece {
  readonly bytes: Buffer;
  /** Of the whole spool, a moment ago. */
  readonly size: number;
  /** Where the bytes begin: `from`, or 0 when the spool was cut and has begun anew. */
  readonly from: number;
}

/** `undefined` when the spool is gone. @throws the system's error. */
export function readPiece(path: string, from: number, limit = pieceBytes): Piece | undefined {
  return withSpool(path, constants.O_RDONLY, (file) => {
    const { size } = fstatSync(file);
    const start = size < from ? 0 : from;
    const bytes = Buffer.alloc(Math.min(size - start, limit));
    const length = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, start);
    return { bytes: bytes.subarray(0, length), size, from: start };
  });
}

/**
 * Gives the space of what was read back by emptying the file, if nothing else is in it. What is written between the
 * look and the cut, two system calls that follow each other, is lost: only for where there is no other way.
 */
export function emptyIfRead(path: string, read: number): boolean {
  const isEmptied = withSpool(path, constants.O_WRONLY, (file) => {
    if (fstatSync(file).size !== read) return false;
    ftruncateSync(file, 0);
    return true;
  });
  return isEmptied ?? false;
}

/** O_NOFOLLOW: the folder is ours, but a link in it could have been put there. */
function withSpool<T>(path: string, flags: number, work: (file: number) => T): T | undefined {
  let file: number;
  try {
    file = openSync(path, flags | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
