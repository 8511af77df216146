import type { Result } from "../../errors/result.ts";
import type { Identity } from "../age/identity.ts";
import type { KeyLookup } from "../age/key-lookup.ts";
import type { OpenSops, SopsFile } from "../sops/types.ts";

/** The age recipients that a file is wrapped for. */
export function ageRecipients({ metadata }: Pick<SopsFile, "metadata">): string[] {
  return metadata.keyGroups.flatMap(({ age }) => age.map(({ recipient }) => recipient));
}

/** The keys that may open a file, or `secrets-no-key`. */
export async function identitiesFor(file: SopsFile, lookup: KeyLookup): Promise<Result<readonly Identity[]>> {
  const { findIdentities } = await import("../age/find-identities.ts");
  return findIdentities(lookup, ageRecipients(file));
}

/** Decrypts with whatever keys there are, and verifies the MAC. */
export async function openSecretsFile(file: SopsFile, lookup: KeyLookup): Promise<Result<OpenSops>> {
  const identities = await identitiesFor(file, lookup);
  if (!identities.ok) return identities;
  const { openSops } = await import("../sops/open-sops.ts");
  return openSops(file, identities.value);
}
