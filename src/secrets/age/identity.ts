import type { Secret } from "../secret.ts";

/** X25519, or the post-quantum hybrid of ML-KEM-768 and X25519. */
export type IdentityKind = "x25519" | "hybrid";

/** An age identity: what opens data keys that were wrapped for its recipient. */
export interface Identity {
  readonly kind: IdentityKind;
  /** Its public half, `age1…` or `age1pq1…`. */
  readonly recipient: string;
  /** `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. */
  readonly key: Secret;
  /** Where it was found, for people: a variable's name, or a file. */
  readonly origin: string;
}
