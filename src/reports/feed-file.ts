import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** Reports that are larger are refused: something went wrong with them. */
const largestBytes = 512 << 20;
const chunkBytes = 64 << 10;

/**
 * Gives a file to a reader, piece by piece. Bytes that are no UTF-8 become the replacement character; a report that says
 * it is written in Latin-1 is read so.
 *
 * @throws an error whose message completes "The report cannot be read:".
 */
export function feedFile(path: string, write: (text: string) => void): void {
  const file = openSync(path, "r");
  try {
    if (!fstatSync(file).isFile()) throw new Error("It is not a file");
    feed(file, write);
  } finally {
    closeSync(file);
  }
}

function feed(file: number, write: (text: string) => void): void {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let decoder: StringDecoder | undefined;
  let total = 0;
  for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) {
    total += count;
    if (total > largestBytes) throw new Error(`It is larger than ${largestBytes >> 20} MiB`);
    decoder ??= new StringDecoder(encodingOf(buffer.subarray(0, count)));
    write(decoder.write(buffer.subarray(0, count)));
  }
  if (decoder !== undefined) write(decoder.end());
}

function encodingOf(beginning: Buffer): "latin1" | "utf8" | "utf16le" {
  if (beginning[0] === 0xff && beginning[1] === 0xfe) return "utf16le";
  const declared = /^<\?xml[^>]{0,100}encoding=["']([\w-]+)["']/.exec(beginning.toString("latin1", 0, 200))?.[1];
  return /^(iso-8859-1|latin-?1|windows-1252|us-ascii)$/i.test(declared ?? "") ? "latin1" : "utf8";
}
