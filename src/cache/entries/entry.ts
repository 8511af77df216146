import type { BlobDigest } from "../../blobs/blob-store.ts";
import { isBlobDigest } from "../../blobs/digest.ts";
import type { CoverageFigures, TestCounts } from "../../events/event.ts";
import { isRecord } from "../../files/is-record.ts";
import type { Part } from "../../inputs/part.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import { type Fingerprint, fingerprintSchema } from "../fingerprint/fingerprint.ts";
import { type OutputManifest, parseManifest } from "../outputs/manifest.ts";
import { type Confinement, isConfinement } from "./confinement.ts";

/** A task's result, as it is kept. Its bytes are in blobs; only what is here says which. */
export interface Entry {
  readonly schema: string;
  readonly task: string;
  readonly fingerprint: Fingerprint;
  readonly parts: readonly Part[];
  readonly outputs: OutputManifest;
  readonly log: BlobDigest;
  readonly durationMs: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly tests?: TestCounts;
  readonly coverage?: CoverageFigures;
  /** Where the project was. What was written there may name it. */
  readonly place?: string;
  /** How the task was held to what it declares; absent: not at all. */
  readonly confinement?: Confinement;
}

const opening = '{"mac":"';
const between = '","entry":';

/** Whether it is of a form that had no code: as good as none, and no sign of damage. */
export function isOldEntry(text: string): boolean {
  return text.startsWith('{"checksum":"');
}

/** An entry as one line of JSON that carries the key's code of itself. */
export function writeEntry(entry: Entry, key: CacheKey): string {
  const body = JSON.stringify(entry);
  return `${opening}${key.codeOf("entry", body)}${between}${body}}\n`;
}

/**
 * The entry in a text, or `undefined` when it is not exactly what was written with this key, or not for this fingerprint. Nothing of
 * it is read before.
 */
export function parseEntry(text: string, fingerprint: Fingerprint, key: CacheKey): Entry | undefined {
  const body = text.slice(opening.length + 64 + between.length, -2);
  if (text !== `${opening}${key.codeOf("entry", body)}${between}${body}}\n`) return undefined;
  const value = parseJson(body);
  if (!isRecord(value) || value.schema !== fingerprintSchema || value.fingerprint !== fingerprint) return undefined;
  const outputs = parseManifest(value.outputs);
  if (outputs === undefined || !isBlobDigest(value.log) || typeof value.durationMs !== "number") return undefined;
  if (value.place !== undefined && typeof value.place !== "string") return undefined;
  if (value.confinement !== undefined && !isConfinement(value.confinement)) return undefined;
  return { ...(value as unknown as Entry), outputs };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
