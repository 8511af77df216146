import type { SecretData } from "../provider.ts";
import type { PlainValue } from "../sops/types.ts";

/** Data as a SOPS file holds it: whole numbers are exact, keys never have a meaning of their own. */
export function toPlain(data: SecretData): PlainValue {
  if (typeof data === "number") return Number.isSafeInteger(data) ? BigInt(data) : data;
  if (Array.isArray(data)) return data.map(toPlain);
  if (typeof data !== "object" || data === null) return data as string | boolean | null;
  return new Map(Object.entries(data).map(([key, value]) => [key, toPlain(value)]));
}

/** Whether both are there and equal. */
export function isSamePlain(one: PlainValue | undefined, other: PlainValue | undefined): boolean {
  return one !== undefined && other !== undefined && canonical(one) === canonical(other);
}

/** Equal for equal values, and for no others; the order of a map's keys does not count. */
export function canonical(value: PlainValue): string {
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, PlainValue>)].map(
      ([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`,
    );
    return `{${members.sort().join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return `float ${Object.is(value, -0) ? "-0" : value}`;
  return value instanceof Date ? `date ${value.getTime()}` : JSON.stringify(value);
}
