/** Bech32 (BIP 173) without its limit of 90 characters, as age uses it. `data`: the payload in whole bytes. */
export interface Bech32 {
  /** In lower case. */
  readonly prefix: string;
  readonly data: Uint8Array;
}

const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const values = new Map([...alphabet].map((letter, value) => [letter, value]));
const checksumLength = 6;

/** `undefined` when the text is not well formed, mixes cases, has a wrong checksum or bits left over. */
export function decodeBech32(text: string): Bech32 | undefined {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) return undefined;
  const end = lower.lastIndexOf("1");
  if (end < 1 || lower.length - end - 1 < checksumLength) return undefined;
  const prefix = lower.slice(0, end);
  if (!/^[\x21-\x7e]+$/.test(prefix)) return undefined;
  const words = Array.from(lower.slice(end + 1), (letter) => values.get(letter) ?? -1);
  if (words.includes(-1) || checksum([...expand(prefix), ...words]) !== 1) return undefined;
  const data = toBytes(words.slice(0, -checksumLength));
  return data === undefined ? undefined : { prefix, data };
}

/** The reverse of `decodeBech32`, in lower case. */
export function encodeBech32({ prefix, data }: Bech32): string {
  const words = toWords(data);
  const rest = checksum([...expand(prefix), ...words, ...new Array<number>(checksumLength).fill(0)]) ^ 1;
  const check = Array.from({ length: checksumLength }, (_, index) => (rest >>> (5 * (5 - index))) & 31);
  return `${prefix}1${[...words, ...check].map((word) => alphabet[word]).join("")}`;
}

const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (let bit = 0; bit < generator.length; bit++) if ((top >>> bit) & 1) sum ^= generator[bit]!;
  }
  return sum;
}

function expand(prefix: string): number[] {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >>> 5), 0, ...codes.map((code) => code & 31)];
}

function toWords(data: Uint8Array): number[] {
  const words: number[] = [];
  let bits = 0;
  let held = 0;
  for (const byte of data) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) words.push((held >>> (bits - 5)) & 31);
  }
  if (bits > 0) words.push((held << (5 - bits)) & 31);
  return words;
}

/** What fills up the last word must be zero and less than a word: every payload has exactly one text. */
function toBytes(words: readonly number[]): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const word of words) {
    held = ((held << 5) | word) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >>> bits) & 0xff);
    }
  }
  const isWhole = bits < 5 && (held & ((1 << bits) - 1)) === 0;
  return isWhole ? Uint8Array.from(bytes) : undefined;
}
