import type { IncomingMessage } from "node:http";

/** More than any definition needs; a caller that sends more is not one of ours. */
const limitBytes = 8 * 1024 * 1024;

export type Body = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly status: 400 | 413 };

/** The request's JSON. Never throws: a caller may hang up, send too much, or nonsense. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      // What is too much is read on, so that the answer gets through, but not kept; a far longer one is cut off.
      if (size > limitBytes * 4) return { ok: false, status: 413 };
      if (size <= limitBytes) chunks.push(chunk);
    }
    if (size > limitBytes) return { ok: false, status: 413 };
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString()) };
  } catch {
    return { ok: false, status: 400 };
  }
}
