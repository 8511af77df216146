import type { SecretData } from "../provider.ts";
import type { PlainValue } from "../sops/types.ts";

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
