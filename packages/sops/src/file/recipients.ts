import type { SopsFile } from "./types.ts";

/** A provider's entry in a file's metadata, name by name. */
type Fields = ReadonlyMap<string, unknown>;

const forms: Readonly<Record<string, (field: (name: string) => string) => string>> = {
  age: (field) => field("recipient"),
  pgp: (field) => field("fp"),
  kms: (field) => field("arn"),
  gcp_kms: (field) => field("resource_id"),
  hckms: (field) => field("key_id"),
  azure_kv: (field) => `${field("vault_url")}/keys/${field("name")}/${field("version")}`,
  hc_vault: (field) => `${field("vault_address")}/v1/${field("engine_path")}/keys/${field("key_name")}`,
};

/**
 * What a recipient of any provider is called, the same in a file and in the policy: an age recipient, a PGP
 * fingerprint, an ARN, the address of a key. Empty for a provider that is not known.
 */
export function recipientId(kind: string, fields: Fields): string {
  const field = (name: string) => {
    const value = fields.get(name);
    return typeof value === "string" ? value.replace(/\/+$/, "") : "";
  };
  return Object.hasOwn(forms, kind) ? forms[kind]!(field) : "";
}

/** A recipient of any provider in one of the key groups; `group` is 0 where there is only one. */
export interface GroupedRecipient {
  readonly group: number;
  /** The metadata's name of the provider: `age`, `pgp`, `kms`, … */
  readonly kind: string;
  /** See `recipientId`. */
  readonly id: string;
}

/** Everybody a file is wrapped for, of all providers. */
export function recipientsOfFile({ metadata }: Pick<SopsFile, "metadata">): GroupedRecipient[] {
  return metadata.keyGroups.flatMap(({ age, others }, group) => [
    ...age.map(({ recipient }) => ({ group, kind: "age", id: recipient })),
    ...others.map(({ provider, fields }) => ({
      group,
      kind: provider,
      id: fields instanceof Map ? recipientId(provider, fields) : "",
    })),
  ]);
}
