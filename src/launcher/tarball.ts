import { createReadStream, createWriteStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

const blockSize = 512;

/**
 * Writes one file of a gzipped tar archive as a program; false when the archive has no such file, or an empty one. Only
 * what npm makes is read: plain names, no sparse files.
 */
export async function extractFile(archive: string, name: string, target: string): Promise<boolean> {
  const pick = (chunks: AsyncIterable<Buffer>) => contentOf(chunks, name);
  await pipeline(createReadStream(archive), createGunzip(), pick, createWriteStream(target, { mode: 0o700 }));
  return statSync(target).size > 0;
}

async function* contentOf(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let header: Buffer = Buffer.alloc(0);
  /** Of the entry that is being read, with what it is filled up with to whole blocks. */
  let left = 0;
  let wanted = 0;
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.length > 0; ) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        yield part.subarray(0, wanted);
        wanted = Math.max(0, wanted - part.length);
        left -= part.length;
        rest = rest.subarray(part.length);
        continue;
      }
      const missing = blockSize - header.length;
      header = Buffer.concat([header, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (header.length < blockSize) break;
      const size = Number.parseInt(textAt(header, 124, 12), 8) || 0;
      left = Math.ceil(size / blockSize) * blockSize;
      wanted = nameIn(header) === name ? size : 0;
      header = Buffer.alloc(0);
    }
  }
}

function nameIn(header: Buffer): string {
  const prefix = textAt(header, 345, 155);
  const name = textAt(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textAt(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? length : end).trim();
}
