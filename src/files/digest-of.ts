import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "./canonical-json.ts";

/** Of data, whatever the order of its keys; what is undefined is not there. */
export function digestOf(value: unknown): string {
  const plain = JSON.parse(JSON.stringify(value)) as JsonValue;
  return `sha256:${createHash("sha256").update(canonicalJson(plain)).digest("hex")}`;
}
