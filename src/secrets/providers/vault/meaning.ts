import type { SecretData } from "../../provider.ts";
import type { Answer } from "./get.ts";

/** What an answer that is no secret says. Its own words are never shown: what is in them is not ours to know. */
export type Meaning = "denied" | "sealed" | "no mount" | "other";

/** Of an answer other than 200; a sealed Vault, a missing engine and a refused token are told apart. */
export function meaningOf({ status, body }: Answer): Meaning {
  const errors = errorsOf(body);
  if (status === 503 && errors.some((error) => /\bsealed\b/i.test(error))) return "sealed";
  if (errors.some((error) => /no handler for route|unsupported path/i.test(error))) return "no mount";
  return status === 401 || status === 403 ? "denied" : "other";
}

/** No such secret: 404 with nothing to say. An engine that is not there has something to say. */
export function isMissing({ status, body }: Answer): boolean {
  return status === 404 && errorsOf(body).length === 0;
}

/** The version was deleted or destroyed: 404 with its metadata and without data. */
export function isDeleted({ status, body }: Answer): boolean {
  return status === 404 && isObject(fieldOf(fieldOf(parse(body), "data"), "metadata"));
}

/** `data.data`, or `undefined` when that is not what the answer is. */
export function secretData(body: Buffer): Readonly<Record<string, SecretData>> | undefined {
  const data = fieldOf(fieldOf(parse(body), "data"), "data");
  return isObject(data) ? (data as Record<string, SecretData>) : undefined;
}

function errorsOf(body: Buffer): string[] {
  const errors = fieldOf(parse(body), "errors");
  return Array.isArray(errors) ? errors.map(String) : [];
}

function fieldOf(holder: unknown, name: string): unknown {
  return isObject(holder) && Object.hasOwn(holder, name) ? holder[name] : undefined;
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"), exact);
  } catch {
    return undefined;
  }
}

/** A whole number that JavaScript would round stays a text. */
function exact(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? source : value;
}
