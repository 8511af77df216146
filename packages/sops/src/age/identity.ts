import { inspect } from "node:util";

/** X25519, or the post-quantum hybrid of ML-KEM-768 and X25519. */
export type IdentityKind = "x25519" | "hybrid";

/** An age identity: what opens data keys that were wrapped for its recipient. Printed, it does not show its private half. */
export class Identity {
  readonly kind: IdentityKind;
  /** Its public half, `age1…` or `age1pq1…`. */
  readonly recipient: string;
  /** Where it was found, for people: a variable's name, or a file. */
  readonly origin: string;
  readonly #key: string;

  /** @param key `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`, well-formed. */
  constructor(kind: IdentityKind, recipient: string, key: string, origin: string) {
    this.kind = kind;
    this.recipient = recipient;
    this.origin = origin;
    this.#key = key;
    Object.freeze(this);
  }

  /** The private half. Call it as late as possible, and never for something that is shown. */
  reveal(): string {
    return this.#key;
  }

  toString(): string {
    return this.recipient;
  }

  [inspect.custom](): string {
    return `Identity of ${this.recipient}`;
  }
}

/** The identity that a text is, which must be a well-formed one. */
export async function identityOf(kind: IdentityKind, text: string, origin: string): Promise<Identity> {
  const { identityToRecipient } = await import("age-encryption");
  return new Identity(kind, await identityToRecipient(text), text, origin);
}

/** A new identity, kept nowhere yet. `hybrid` needs SOPS 3.12 or later on the other side. */
export async function generateIdentity(kind: IdentityKind): Promise<Identity> {
  const { generateHybridIdentity, generateX25519Identity } = await import("age-encryption");
  return identityOf(kind, kind === "hybrid" ? await generateHybridIdentity() : await generateX25519Identity(), "new");
}

/** The text of a key file with one more identity, in the form of `age-keygen`; the rest stays byte for byte. */
export function withIdentity(text: string, identity: Identity, now: Date): string {
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  const created = `${now.toISOString().slice(0, 19)}Z`;
  return `${text}${gap}# created: ${created}\n# public key: ${identity.recipient}\n${identity.reveal()}\n`;
}
