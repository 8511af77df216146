import type { ByteRedactor } from "../../secrets/redaction/byte-redactor.ts";

/** The beginning of some bytes, as it can be kept. */
export interface Settled {
  /** How many of the bytes it stands for. */
  readonly length: number;
  readonly shown: Uint8Array;
}

/**
 * As many of the bytes as can be told without what comes next: what may be the beginning of a secret is left. A pure
 * function of the bytes: the redactor is as it was afterwards, so that whoever goes on behind what is settled needs to
 * remember nothing.
 */
export function settledBytes(bytes: Buffer, redactor: ByteRedactor): Settled {
  const shown = redactor.push(bytes);
  const length = bytes.length - redactor.unsettled;
  redactor.flush();
  return length === bytes.length ? { length, shown } : wholeBytes(bytes.subarray(0, length), redactor);
}

/** All of the bytes: nothing comes after them that could belong to them. */
export function wholeBytes(bytes: Buffer, redactor: ByteRedactor): Settled {
  return { length: bytes.length, shown: Buffer.concat([redactor.push(bytes), redactor.flush()]) };
}
