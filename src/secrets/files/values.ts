import type { OpenSops, PlainValue } from "@tidegate/sops";
import type { SecretData } from "../provider.ts";

/** The keys of an open file and their values; of a file with several documents, of the first. */
export function topLevel(open: Pick<OpenSops, "get">): ReadonlyMap<string, PlainValue> {
  const content = open.get([]);
  return content instanceof Map ? (content as ReadonlyMap<string, PlainValue>) : new Map<string, PlainValue>();
}

/** Data as a SOPS file holds it: whole numbers are exact, keys never have a meaning of their own. */
export function toPlain(data: SecretData): PlainValue {
  if (typeof data === "number") return Number.isSafeInteger(data) ? BigInt(data) : data;
  if (Array.isArray(data)) return data.map(toPlain);
  if (typeof data !== "object" || data === null) return data as string | boolean | null;
  return new Map(Object.entries(data).map(([key, value]) => [key, toPlain(value)]));
}

/** A decrypted value as a schema gets it. Maps become objects without a prototype: every key is data. */
export function toData(value: PlainValue): SecretData {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map) return objectOf(value as ReadonlyMap<string, PlainValue>);
  if (Array.isArray(value)) return value.map(toData);
  return value as string | number | boolean | null;
}

function objectOf(map: ReadonlyMap<string, PlainValue>): SecretData {
  const object: Record<string, SecretData> = Object.create(null);
  for (const [key, value] of map) object[key] = toData(value);
  return object;
}
