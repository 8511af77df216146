import { decodeOutline, encodeOutline, type Outline } from "./outline.ts";

/**
 * What stands in the file: `tgsig1.<date>.<signing key>.<digest>.<outline>.<signature>`, bytes in base64url. One line
 * of plain characters, so that it is the same text in YAML, JSON and dotenv. SOPS (3.9 to 3.13, by its source) ignores
 * metadata that it does not know when it reads and drops it when it writes: after an edit with `sops` the file is
 * unsigned.
 */
export interface SignatureEntry {
  /** RFC 3339, UTC, whole seconds. */
  readonly at: string;
  readonly publicKey: string;
  readonly digest: Buffer;
  readonly outline: Outline;
  readonly signature: Buffer;
}

/** The metadata key that the entry stands under: `sops.tidegate`, in dotenv `sops_tidegate`. */
export const signatureKey = "tidegate";

const version = "tgsig1";
const form = /^tgsig1\.(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(tgsign1[a-z0-9]+)\.([\w-]{86})\.([\w-]+)\.([\w-]{86})$/;

/** The text for the file. */
export function printEntry({ at, publicKey, digest, outline, signature }: SignatureEntry): string {
  const bytes = [digest, encodeOutline(outline), signature].map((one) => one.toString("base64url"));
  return [version, at, publicKey, ...bytes].join(".");
}

/** `undefined` when it is none. Of several texts for the same bytes only the one that `printEntry` makes is taken. */
export function parseEntry(text: string): SignatureEntry | undefined {
  const [, at, publicKey, digest, outline, signature] = form.exec(text) ?? [];
  if (at === undefined) return undefined;
  const decoded = decodeOutline(Buffer.from(outline!, "base64url"));
  if (decoded === undefined) return undefined;
  const entry: SignatureEntry = {
    at,
    publicKey: publicKey!,
    digest: Buffer.from(digest!, "base64url"),
    outline: decoded,
    signature: Buffer.from(signature!, "base64url"),
  };
  return printEntry(entry) === text ? entry : undefined;
}

/** The bytes that are signed. Every part but the last has a fixed length or cannot contain the stop after it. */
export function signedMessage(entry: Omit<SignatureEntry, "signature">): Buffer {
  const head = `tidegate secrets signature v1\n${entry.at}\n${entry.publicKey}\n`;
  return Buffer.concat([Buffer.from(head), entry.digest, encodeOutline(entry.outline)]);
}
