import { decodeOutline, encodeOutline, type Outline } from "./outline.ts";

/**
 * What stands in the file: `tgsig2.<date>.<counter>.<signing key>.<digest>.<outline>.<signature>`, bytes in base64url; before there
 * were counters `tgsig1`, without one. One line of plain characters, so that it is the same text in YAML, JSON and dotenv. SOPS (3.9 to 3.13, by its source) ignores
 * metadata that it does not know when it reads and drops it when it writes: after an edit with `sops` the file is
 * unsigned.
 */
export interface SignatureEntry {
  /** RFC 3339, UTC, whole seconds. */
  readonly at: string;
  /** Raised by each write, from 1; of two versions of a file the one with the lower counter is the older. Absent: `tgsig1`. */
  readonly counter?: number;
  readonly publicKey: string;
  readonly digest: Buffer;
  readonly outline: Outline;
  readonly signature: Buffer;
}

/** The metadata key that the entry stands under: `sops.tidegate`, in dotenv `sops_tidegate`. */
export const signatureKey = "tidegate";

const form =
  /^(?:tgsig1|tgsig2)\.(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(?:([1-9]\d{0,14})\.)?(tgsign1[a-z0-9]+)\.([\w-]{86})\.([\w-]+)\.([\w-]{86})$/;

/** The text for the file. */
export function printEntry({ at, counter, publicKey, digest, outline, signature }: SignatureEntry): string {
  const bytes = [digest, encodeOutline(outline), signature].map((one) => one.toString("base64url"));
  const head = counter === undefined ? ["tgsig1", at] : ["tgsig2", at, String(counter)];
  return [...head, publicKey, ...bytes].join(".");
}

/** `undefined` when it is none. Of several texts for the same bytes only the one that `printEntry` makes is taken. */
export function parseEntry(text: string): SignatureEntry | undefined {
  const [, at, counter, publicKey, digest, outline, signature] = form.exec(text) ?? [];
  if (at === undefined) return undefined;
  const decoded = decodeOutline(Buffer.from(outline!, "base64url"));
  if (decoded === undefined) return undefined;
  const entry: SignatureEntry = {
    at,
    ...(counter !== undefined && { counter: Number(counter) }),
    publicKey: publicKey!,
    digest: Buffer.from(digest!, "base64url"),
    outline: decoded,
    signature: Buffer.from(signature!, "base64url"),
  };
  return printEntry(entry) === text ? entry : undefined;
}

/** The bytes that are signed. Every part but the last has a fixed length or cannot contain the stop after it. */
export function signedMessage(entry: Omit<SignatureEntry, "signature">): Buffer {
  const { at, counter, publicKey } = entry;
  const head =
    counter === undefined
      ? `tidegate secrets signature v1\n${at}\n${publicKey}\n`
      : `tidegate secrets signature v2\n${at}\n${counter}\n${publicKey}\n`;
  return Buffer.concat([Buffer.from(head), entry.digest, encodeOutline(entry.outline)]);
}
