import type { KeyGroup, PlainValue, SopsMetadata } from "./types.ts";

/** As SOPS writes it since 3.13: every mapping by its keys, without what is empty. */
export function writeMetadata(metadata: SopsMetadata): ReadonlyMap<string, PlainValue> {
  const { keyGroups, selector, signature } = metadata;
  const isSplit = keyGroups.length > 1;
  const keys: [string, PlainValue][] = isSplit
    ? [
        ["key_groups", keyGroups.map((group) => new Map(sorted(groupFields(group))))],
        ["shamir_threshold", BigInt(metadata.shamirThreshold)],
      ]
    : keyGroups.flatMap(groupFields);
  const rest: [string, PlainValue][] = [
    ["lastmodified", metadata.lastModified],
    ["mac", metadata.mac],
    ["version", metadata.version],
    [selector.kind, "suffix" in selector ? selector.suffix : selector.regex],
  ];
  if (metadata.macOnlyEncrypted) rest.push(["mac_only_encrypted", true]);
  if (signature !== undefined) rest.push(["tidegate", signature]);
  return new Map(sorted([...keys, ...rest]));
}

function groupFields({ age, others }: KeyGroup): [string, PlainValue][] {
  const providers = new Map<string, PlainValue[]>();
  if (age.length > 0)
    providers.set(
      "age",
      age.map(
        ({ enc, recipient }) =>
          new Map([
            ["enc", enc],
            ["recipient", recipient],
          ]),
      ),
    );
  for (const { provider, fields } of others) providers.set(provider, [...(providers.get(provider) ?? []), fields]);
  return [...providers];
}

function sorted(entries: readonly [string, PlainValue][]): [string, PlainValue][] {
  return entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
}
