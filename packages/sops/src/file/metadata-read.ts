import { readRfc3339 } from "../text/go-time.ts";
import { defaultSelector } from "./selector.ts";
import {
  type AgeWrap,
  type KeyGroup,
  type OtherWrap,
  type PlainValue,
  type Selector,
  type SopsMetadata,
  selectorKinds,
} from "./types.ts";

type Fields = ReadonlyMap<string, PlainValue>;

const otherProviders = ["kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "pgp"] as const;

/** Why metadata is not SOPS's; never with a value in it. */
export class MetadataProblem extends Error {}

/**
 * Takes old and new layouts: empty lists that are written out, timestamps without quotes, booleans and numbers as text.
 * Source: getsops/sops `stores/stores.go`. @throws MetadataProblem
 */
export function readMetadata(fields: Fields): SopsMetadata {
  const keyGroups = groupsOf(fields);
  const threshold = numberOf(fields, "shamir_threshold");
  const isSplit = keyGroups.length > 1;
  if (isSplit && (threshold < 2 || threshold > keyGroups.length))
    throw new MetadataProblem("shamir_threshold does not fit its key_groups");
  const lastModified = textOf(fields, "lastmodified");
  if (readRfc3339(lastModified) === undefined) throw new MetadataProblem("lastmodified is not a timestamp");
  const signature = fields.get("tidegate");
  return {
    keyGroups,
    shamirThreshold: isSplit ? threshold : 1,
    selector: selectorOf(fields),
    macOnlyEncrypted: ["true", "True", "TRUE", "1", "t", "T"].includes(textOf(fields, "mac_only_encrypted")),
    lastModified,
    mac: textOf(fields, "mac"),
    version: textOf(fields, "version"),
    ...(typeof signature === "string" && { signature }),
  };
}

function groupsOf(fields: Fields): readonly KeyGroup[] {
  const single = groupOf(fields);
  if (single.age.length + single.others.length > 0) return [single];
  const groups = listOf(fields, "key_groups").map((group) => groupOf(mapOf(group, "key_groups")));
  if (groups.length === 0) throw new MetadataProblem("there is no key in it");
  return groups;
}

function groupOf(fields: Fields): KeyGroup {
  const age = listOf(fields, "age").map((wrap): AgeWrap => {
    const entry = mapOf(wrap, "age");
    return { recipient: textOf(entry, "recipient"), enc: textOf(entry, "enc") };
  });
  const others = otherProviders.flatMap((provider) =>
    listOf(fields, provider).map((entry): OtherWrap => ({ provider, fields: mapOf(entry, provider) })),
  );
  return { age, others };
}

function selectorOf(fields: Fields): Selector {
  const set = selectorKinds.filter((kind) => textOf(fields, kind) !== "");
  const [kind] = set;
  if (set.length > 1) throw new MetadataProblem(`${set[0]} and ${set[1]} exclude each other`);
  if (kind === undefined) return defaultSelector;
  const text = textOf(fields, kind);
  if (kind === "encrypted_suffix" || kind === "unencrypted_suffix") return { kind, suffix: text };
  return { kind, regex: text };
}

function listOf(fields: Fields, key: string): readonly PlainValue[] {
  const value = fields.get(key) ?? [];
  if (value === "") return [];
  if (!Array.isArray(value)) throw new MetadataProblem(`${key} is not a list`);
  return value as readonly PlainValue[];
}

function mapOf(value: PlainValue, key: string): Fields {
  if (!(value instanceof Map)) throw new MetadataProblem(`an entry of ${key} is not a mapping`);
  return value;
}

function textOf(fields: Fields, key: string): string {
  const value = fields.get(key);
  if (value === undefined || value === null) return "";
  if (typeof value === "object" && !(value instanceof Date)) throw new MetadataProblem(`${key} is not text`);
  return value instanceof Date ? value.toISOString().replace(".000Z", "Z") : String(value);
}

function numberOf(fields: Fields, key: string): number {
  const number = Number(textOf(fields, key));
  if (!Number.isSafeInteger(number)) throw new MetadataProblem(`${key} is not a number`);
  return number;
}
