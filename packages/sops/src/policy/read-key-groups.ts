import { parseRecipient } from "../age/recipient.ts";
import { recipientId } from "../file/recipients.ts";
import type { TreeNode } from "../text/tree.ts";
import type { PolicyKeyGroup, PolicyRecipient } from "./policy.ts";
import type { PolicyReader } from "./policy-reader.ts";

type Fields = ReadonlyMap<string, TreeNode>;

/** What the lists of a rule are called, and how a file's metadata calls the same provider. */
export const ruleProviders: Readonly<Record<string, string>> = {
  pgp: "pgp",
  kms: "kms",
  gcp_kms: "gcp_kms",
  hckms: "hckms",
  azure_keyvault: "azure_kv",
  hc_vault_transit_uri: "hc_vault",
};

/** Of the mappings in a group's lists, by the metadata's names. */
const groupForms: Readonly<
  Record<string, { readonly kind: string; readonly fields: Readonly<Record<string, string>> }>
> = {
  kms: { kind: "kms", fields: { arn: "arn" } },
  gcp_kms: { kind: "gcp_kms", fields: { resource_id: "resource_id" } },
  hckms: { kind: "hckms", fields: { key_id: "key_id" } },
  azure_keyvault: { kind: "azure_kv", fields: { vaultUrl: "vault_url", key: "name", version: "version" } },
};

const deepestMerge = 10;
/** Aliases can make a small file a huge one. */
const mostRecipients = 10_000;

/** The key groups of a rule: those of `key_groups`, or the one that its own lists make. */
export function readKeyGroups(reader: PolicyReader, fields: Fields): PolicyKeyGroup[] {
  const groups = reader.list(fields.get("key_groups"), "key_groups");
  if (groups.length > 0) return groups.map((group) => unique(readGroup(reader, group, 0)));
  const age = readTexts(reader, fields.get("age"), "age").flatMap((one) => readAge(reader, one));
  const others = Object.entries(ruleProviders).flatMap(([name, kind]) =>
    readTexts(reader, fields.get(name), name).map(({ text }) => ({ kind, id: withoutRole(kind, text) })),
  );
  return [unique({ age, others })];
}

interface Placed {
  readonly text: string;
  readonly node: TreeNode | undefined;
}

/** A comma string or a list of texts; in a list, too, a text may have commas for age. */
function readTexts(reader: PolicyReader, node: TreeNode | undefined, what: string): Placed[] {
  const texts =
    node?.kind === "list"
      ? reader.list(node, what).map((item) => ({ text: reader.text(item, what) ?? "", node: item }))
      : [{ text: reader.text(node, what) ?? "", node }];
  return texts.flatMap(({ text, node: place }) => splitCommas(text).map((part) => ({ text: part, node: place })));
}

/** The parts between commas, without spaces around them and without empty ones. */
export function splitCommas(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function readAge(reader: PolicyReader, { text, node }: Placed): string[] {
  const parsed = parseRecipient(text);
  if (parsed.ok) return [parsed.value.text];
  for (const { message, cause, hint } of parsed.failures) {
    const more = { ...(cause !== undefined && { cause }), ...(hint !== undefined && { hint }) };
    reader.refuse(message, node, more);
  }
  return [];
}

function readGroup(reader: PolicyReader, node: TreeNode | undefined, depth: number): PolicyKeyGroup {
  const fields = reader.mapping(node, "A key group");
  const merged = readMerged(reader, fields.get("merge"), depth);
  const age = readTexts(reader, fields.get("age"), "age").flatMap((one) => readAge(reader, one));
  const plain = (["pgp", "hc_vault"] as const).flatMap((kind) =>
    reader.list(fields.get(kind), kind).map((item) => ({ kind, id: reader.text(item, kind) ?? "" })),
  );
  const others = Object.keys(groupForms).flatMap((name) => readMappings(reader, fields.get(name), name));
  return { age: [...merged.age, ...age], others: [...merged.others, ...plain, ...others] };
}

function readMerged(reader: PolicyReader, node: TreeNode | undefined, depth: number): PolicyKeyGroup {
  const groups = reader.list(node, "merge");
  if (groups.length > 0 && depth >= deepestMerge) {
    reader.refuse("Key groups are merged too deeply", node);
    return { age: [], others: [] };
  }
  const merged: { age: string[]; others: PolicyRecipient[] } = { age: [], others: [] };
  for (const group of groups) {
    const { age, others } = readGroup(reader, group, depth + 1);
    if (merged.age.length + age.length + merged.others.length + others.length > mostRecipients) {
      reader.refuse("There are too many recipients", node);
      break;
    }
    merged.age.push(...age);
    merged.others.push(...others);
  }
  return unique(merged);
}

function readMappings(reader: PolicyReader, node: TreeNode | undefined, name: string): PolicyRecipient[] {
  const { kind, fields } = groupForms[name]!;
  return reader.list(node, name).map((item) => {
    const members = reader.mapping(item, `A member of ${name}`);
    const values = Object.entries(fields).map(
      ([from, to]) => [to, reader.text(members.get(from), from) ?? ""] as const,
    );
    return { kind, id: recipientId(kind, new Map(values)) };
  });
}

/** Amazon's keys may have a role behind them, which a file keeps beside the ARN. */
function withoutRole(kind: string, text: string): string {
  return kind === "kms" ? text.replace(/\+arn:.*$/, "") : text.replace(/\/+$/, "");
}

function unique({ age, others }: PolicyKeyGroup): PolicyKeyGroup {
  const byName = new Map(others.map((one) => [`${one.kind} ${one.id}`, one]));
  return { age: [...new Set(age)], others: [...byName.values()] };
}
