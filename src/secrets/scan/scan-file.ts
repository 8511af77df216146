import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Finding } from "./finding.ts";
import type { LeakScanner, Place } from "./leak-scanner.ts";

const pieceBytes = 1024 * 1024;

/** What was found in one file. */
export interface ScannedFile {
  readonly findings: readonly Finding[];
  readonly bytes: number;
}

/**
 * Looks into one file, whatever is in it, in pieces. `undefined` when it is not a regular file: a link is not followed, a
 * pipe not waited for. `onPiece` is given what was read. @throws the system's error.
 */
export function scanFile(
  scanner: LeakScanner,
  file: string,
  place: Place,
  onPiece?: (bytes: Uint8Array) => void,
): ScannedFile | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return undefined;
    const reader = scanner.read(place);
    let bytes = 0;
    for (;;) {
      // Two pieces are looked at together, so each has its own memory.
      const piece = Buffer.allocUnsafe(Math.max(1, Math.min(pieceBytes, stat.size - bytes)));
      const length = readSync(descriptor, piece, 0, piece.length, null);
      if (length === 0) break;
      bytes += length;
      reader.push(piece.subarray(0, length));
      onPiece?.(piece.subarray(0, length));
    }
    return { findings: reader.end(), bytes };
  } finally {
    closeSync(descriptor);
  }
}
