import { inflateRawSync } from "node:zlib";

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const deflated = 8;

/** One file of a zip archive, by its central directory. */
export function readZip(zip: Buffer, path: string): Buffer {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end === -1 || zip.readUInt32LE(end) !== endSignature) throw new Error("not a zip archive");
  let offset = zip.readUInt32LE(end + 16);
  for (let count = zip.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (zip.readUInt32LE(offset) !== entrySignature) throw new Error("the zip archive is damaged");
    const [name, extra, comment] = [28, 30, 32].map((at) => zip.readUInt16LE(offset + at)) as [number, number, number];
    if (zip.toString("utf8", offset + 46, offset + 46 + name) === path) return unpack(zip, offset);
    offset += 46 + name + extra + comment;
  }
  throw new Error(`the zip archive has no ${path}`);
}

function unpack(zip: Buffer, entry: number): Buffer {
  const size = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(start, start + size);
  return zip.readUInt16LE(entry + 10) === deflated ? inflateRawSync(bytes) : bytes;
}
