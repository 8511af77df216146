import { gunzipSync } from "node:zlib";

const block = 512;

/** One file of a gzipped tar archive, as npm makes them. */
export function readTarball(bytes: Buffer, path: string): Buffer {
  const tar = gunzipSync(bytes);
  for (let offset = 0; offset + block <= tar.length; ) {
    const name = text(tar, offset, 100);
    const size = Number.parseInt(text(tar, offset + 124, 12), 8);
    if (name === path) return tar.subarray(offset + block, offset + block + size);
    offset += block + (Number.isNaN(size) ? 0 : Math.ceil(size / block) * block);
  }
  throw new Error(`the package has no ${path}`);
}

function text(bytes: Buffer, offset: number, length: number): string {
  return bytes
    .toString("utf8", offset, offset + length)
    .replace(/\0.*$/s, "")
    .trim();
}
