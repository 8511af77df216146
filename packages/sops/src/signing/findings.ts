type Path = readonly (string | number)[];

/** What keeps a file from being accepted as signed. Facts; the words are made in `signature-failure.ts`. */
export type SignatureFinding =
  | { readonly kind: "unsigned" }
  /** There is an entry, but it is not a signature. */
  | { readonly kind: "malformed" }
  | { readonly kind: "unknown-signer"; readonly publicKey: string }
  /** The signature was not made by the key that it names. */
  | { readonly kind: "forged"; readonly signer: string }
  /** It was signed as another file. */
  | { readonly kind: "moved" }
  /** Nothing of what was signed is left: another file stands in its place. */
  | { readonly kind: "replaced" }
  | { readonly kind: "format" }
  | { readonly kind: "selectors" }
  | { readonly kind: "comments" }
  | { readonly kind: "date-or-mac" }
  | { readonly kind: "recipient-added"; readonly recipient: string }
  | { readonly kind: "recipient-removed" }
  | { readonly kind: "rewrapped"; readonly recipient: string }
  | { readonly kind: "added"; readonly path: Path }
  /** `after`: the entry before it, when it was not the first. */
  | { readonly kind: "removed"; readonly after?: Path }
  | { readonly kind: "renamed"; readonly path: Path }
  | { readonly kind: "type"; readonly path: Path; readonly from: string; readonly to: string }
  /** Encrypted where it was plain, or the other way round. */
  | { readonly kind: "encryption"; readonly path: Path; readonly isEncrypted: boolean }
  | { readonly kind: "value"; readonly path: Path; readonly isEncrypted: boolean }
  | { readonly kind: "reordered" }
  /** It differs, in a way that the signature's outline does not show. */
  | { readonly kind: "unknown" };

/** Whether a file is as it was signed. */
export type SignatureVerdict =
  | {
      readonly state: "valid";
      readonly signer: string;
      readonly publicKey: string;
      readonly at: string;
      readonly counter?: number;
    }
  /** `findings`: never empty. `signer`: who signed what it once was, when that is certain. */
  | { readonly state: "refused"; readonly findings: readonly SignatureFinding[]; readonly signer?: string };
