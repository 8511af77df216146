import { randomMap, randomString } from "./documents.ts";
import type { Random } from "./random.ts";

/** A JSON file in one of the usual layouts. */
export function randomJson(random: Random): string {
  return JSON.stringify(toJson(randomMap(random, 4)), undefined, random.pick(["\t", 2, 0] as const));
}

function toJson(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries(
      [...value].filter(([name]) => name !== "__proto__").map(([name, child]) => [name, toJson(child)]),
    );
  if (Array.isArray(value)) return value.map(toJson);
  return typeof value === "bigint" ? Number(value) : value;
}

export function randomDotenv(random: Random): string {
  const lines = Array.from({ length: random.below(8) }, (_, index) => {
    if (random.chance(0.2)) return `#${randomString(random).replaceAll(/[\r\n]/g, " ")}`;
    if (random.chance(0.1)) return "";
    return `KEY_${index}${random.pick(["", " ", "_unencrypted", "_enc", "é"])}=${randomString(random).replaceAll("\n", "\\n").replaceAll("\r", "")}`;
  });
  return lines.map((line) => `${line}\n`).join("");
}

export function randomBytes(random: Random): Uint8Array {
  return Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
}
