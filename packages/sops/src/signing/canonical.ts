import { createHash } from "node:crypto";
import type { SignableFile } from "./signable.ts";

type Part = string | number | boolean | readonly Part[];

/**
 * SHA-512 over everything that a signature covers. Every part says its kind and its length before itself, so that no
 * two files come to the same bytes. Text is UTF-16: that tells apart also what is not well-formed.
 */
export function canonicalDigest(file: SignableFile, subject: string): Buffer {
  return createHash("sha512")
    .update(encode(canonicalForm(file, subject)))
    .digest();
}

function canonicalForm(file: SignableFile, subject: string): Part {
  return [
    "tidegate secrets file v1",
    subject,
    file.format,
    file.leaves.map((leaf) => [leaf.path, leaf.type, leaf.isEncrypted, leaf.text]),
    file.comments.map((comment) => [comment.path, comment.position, comment.text]),
    selectorsForm(file),
    file.recipients.map((recipient) => [recipient.group, recipient.kind, recipient.id, recipient.wrap]),
    file.mac,
    file.lastmodified,
  ];
}

/** The selectors in an order that does not depend on the file's. */
export function selectorsForm(file: SignableFile): readonly (readonly [string, string])[] {
  return Object.entries(file.selectors).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Four bytes that stand for a part: enough to say what changed, never to say that nothing did. */
export function tagOf(part: Part): Buffer {
  return createHash("sha256").update(encode(part)).digest().subarray(0, 4);
}

function encode(part: Part): Buffer {
  const chunks: Buffer[] = [];
  append(chunks, part);
  return Buffer.concat(chunks);
}

/** `s` text, `n` number, `b` truth, `l` list; then the length (bytes of a text, parts of a list), then what it is. */
function append(chunks: Buffer[], part: Part): void {
  if (typeof part === "string") {
    const text = Buffer.from(part, "utf16le");
    chunks.push(head("s", text.length), text);
  } else if (typeof part === "number") {
    chunks.push(head("n", part));
  } else if (typeof part === "boolean") {
    chunks.push(head("b", part ? 1 : 0));
  } else {
    chunks.push(head("l", part.length));
    for (const one of part) append(chunks, one);
  }
}

function head(kind: string, value: number): Buffer {
  const bytes = Buffer.alloc(7);
  bytes.write(kind, "latin1");
  bytes.writeUIntBE(value, 1, 6);
  return bytes;
}
