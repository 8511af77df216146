import { Secret } from "../secret.ts";
import type { Identity, IdentityKind } from "./identity.ts";

/** A new identity, kept nowhere yet. `hybrid` needs SOPS 3.12 or later on the other side. */
export async function generateIdentity(kind: IdentityKind): Promise<Identity> {
  const { generateHybridIdentity, generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const text = kind === "hybrid" ? await generateHybridIdentity() : await generateX25519Identity();
  return { kind, recipient: await identityToRecipient(text), key: new Secret(text), origin: "new" };
}
