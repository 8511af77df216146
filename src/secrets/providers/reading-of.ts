import type { SecretData, SecretOrigin, SecretReading } from "../provider.ts";
import { Secret } from "../secret.ts";

/** A value as a provider has it. Nothing, null and an empty text count as missing: `undefined`. */
export function readingOf(value: SecretData | undefined, origin: SecretOrigin): SecretReading | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "object") return { state: "found", secret: new Secret(String(value)), origin };
  return { state: "found", secret: new Secret(JSON.stringify(value)), structure: () => value, origin };
}
