import { tagOf } from "./canonical.ts";
import { parseEntry } from "./entry.ts";
import { isGenuine } from "./signature.ts";
import { subjectOf } from "./signer.ts";

/** What the signature in some version of a file says of it, by itself: whether the rest is as it was signed is not looked at. */
export interface SignedVersion {
  /** See `Signed`. */
  readonly counter: number;
  readonly publicKey: string;
  /** Whether it was signed as that file; both paths absolute. */
  isOf(path: string, signersPath: string): boolean;
}

const anywhere = /(?<![\w.-])tgsig2\.[\w.:-]+/g;

/**
 * The counter of a version that may be long gone, such as one of git's history: the file is not parsed, no key is needed. `undefined`: it
 * has no signature with a counter, or none that the key in it has made.
 */
export function readSignedVersion(bytes: Uint8Array): SignedVersion | undefined {
  for (const [text] of Buffer.from(bytes).toString("latin1").matchAll(anywhere)) {
    const entry = parseEntry(text);
    if (entry?.counter === undefined || !isGenuine(entry)) continue;
    const { counter, publicKey, outline } = entry;
    const isOf = (path: string, signersPath: string) =>
      tagOf(subjectOf(signersPath, path)).toString("hex") === outline.subject;
    return { counter, publicKey, isOf };
  }
  return undefined;
}
