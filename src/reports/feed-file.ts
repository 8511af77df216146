import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { TextDecoder } from "node:util";
import { decoderFor } from "./report-encoding.ts";

/** Reports that are larger are refused: something went wrong with them. */
const largestBytes = 512 << 20;
const chunkBytes = 64 << 10;

/**
 * Gives a file to a reader, piece by piece, in whatever encoding it is written (see `decoderFor`), without the mark that
 * some begin with. Bytes that its encoding does not have become the replacement character.
 *
 * @throws an error whose message completes "The report cannot be read:".
 */
export function feedFile(path: string, write: (text: string) => void): void {
  // A pipe would be waited for until somebody writes into it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error("It is not a file");
    feed(file, write);
  } finally {
    closeSync(file);
  }
}

function feed(file: number, write: (text: string) => void): void {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let decoder: TextDecoder | undefined;
  let total = 0;
  for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
    total += count;
    if (total > largestBytes) throw new Error(`It is larger than ${largestBytes >> 20} MiB`);
    decoder ??= decoderFor(buffer.subarray(0, count));
    write(decoder.decode(buffer.subarray(0, count), { stream: true }));
  }
  if (decoder !== undefined) write(decoder.decode());
}
