import { Secret } from "../../../src/secrets/secret.ts";

/** Calls and answers as text; secrets go as what they are: the socket's folder is private. */
export function encode(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, text) {
    const original = this[key];
    return original instanceof Secret ? { $secret: original.reveal() } : text;
  });
}

export function decode(text: string): unknown {
  return JSON.parse(text, (_, value) => (typeof value?.$secret === "string" ? new Secret(value.$secret) : value));
}

/** A piece of a stream keeps its length on the way. */
export function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

export async function* frames(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const length = held.readUInt32BE(0);
      yield held.subarray(4, 4 + length);
      held = held.subarray(4 + length);
    }
  }
}
