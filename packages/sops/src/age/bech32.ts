import { bech32 } from "@scure/base";

/** A text in Bech32 (BIP 173), without its limit of 90 characters, as age uses it. */
export interface Bech32 {
  /** In lower case. */
  readonly prefix: string;
  /** The payload in whole bytes. */
  readonly data: Uint8Array;
}

/** `undefined` when the text is not well formed, mixes cases, has a wrong checksum or bits left over. */
export function decodeBech32(text: string): Bech32 | undefined {
  const decoded = bech32.decodeUnsafe(text, false);
  const data = decoded && bech32.fromWordsUnsafe(decoded.words);
  return data ? { prefix: decoded.prefix, data } : undefined;
}

/** The reverse of `decodeBech32`, in lower case. */
export function encodeBech32({ prefix, data }: Bech32): string {
  return bech32.encode(prefix, bech32.toWords(data), false);
}
