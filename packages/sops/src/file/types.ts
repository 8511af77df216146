import type { Identity as AgeIdentity } from "../age/identity.ts";
import type { Result } from "../result.ts";
import type { Signer } from "../signing/signer.ts";
import type { SopsFormat } from "../text/sops-format.ts";
import type { Change, KeyPath, LeafType, PlainValue, Scalar } from "../text/value.ts";

export type { Change, KeyPath, LeafType, PlainValue, Scalar } from "../text/value.ts";
export type { Signer };

/** One scalar of a file, in the order of the file. */
export interface Leaf {
  readonly path: KeyPath;
  /** The document of a YAML file with several, counted from 0. */
  readonly document: number;
  /** As the file claims: SOPS does not authenticate the type of an encrypted value. */
  readonly type: LeafType;
  /** Whether the file's selector says that it is encrypted. */
  readonly isEncrypted: boolean;
  /** Whether it stands in plain text all the same. SOPS refuses such a file, but only who has a key is told. */
  readonly isExposed: boolean;
  /**
   * What stands in the file: `ENC[…]`, the empty string (which SOPS never encrypts), or the bytes of a plain value as
   * SOPS hashes them, as text. It contains plaintext only where the file does.
   */
  readonly stored: string;
  /** Absent when it is encrypted and was not opened. */
  readonly value?: Scalar;
  /** The exact bytes of an opened `str` that is not valid UTF-8, and of `bytes`; `value` then replaces what is not. */
  readonly bytes?: Uint8Array;
  /** From 1, in the bytes that were parsed. */
  readonly line?: number;
}

/** A comment of the stored file. */
export interface StoredComment {
  readonly document: number;
  /** The collection that it stands in. */
  readonly path: KeyPath;
  /** Without the `#`: `ENC[…]` or plain text. */
  readonly stored: string;
  /** Whether the file's selector says that it is encrypted, and it stands in plain text. SOPS lets that pass. */
  readonly isExposed: boolean;
  /** How many leaves come before it. */
  readonly position: number;
  readonly line: number;
}

/** The ways to say what of a file is encrypted; a file has exactly one. */
export const selectorKinds = [
  "unencrypted_suffix",
  "encrypted_suffix",
  "unencrypted_regex",
  "encrypted_regex",
  "unencrypted_comment_regex",
  "encrypted_comment_regex",
] as const;

/** Which values of a file are encrypted: one of six ways, a suffix or a Go (RE2) regular expression. */
export type Selector =
  | { readonly kind: "unencrypted_suffix" | "encrypted_suffix"; readonly suffix: string }
  | {
      readonly kind: "unencrypted_regex" | "encrypted_regex" | "unencrypted_comment_regex" | "encrypted_comment_regex";
      readonly regex: string;
    };

/** The data key as one recipient can open it. */
export interface AgeWrap {
  readonly recipient: string;
  /** The armored age message with the data key, or with a share of it. */
  readonly enc: string;
}

/** A wrap of a provider that this library does not speak (`kms`, `pgp`, `gcp_kms`, …); kept as it is. */
export interface OtherWrap {
  readonly provider: string;
  readonly fields: PlainValue;
}

/** Any one of its members opens it; a file with several groups needs `shamirThreshold` of them. */
export interface KeyGroup {
  readonly age: readonly AgeWrap[];
  readonly others: readonly OtherWrap[];
}

/** What SOPS keeps in the file beside the values. */
export interface SopsMetadata {
  /** Never empty. */
  readonly keyGroups: readonly KeyGroup[];
  /** Groups that are needed; 1 when there is but one group. */
  readonly shamirThreshold: number;
  readonly selector: Selector;
  readonly macOnlyEncrypted: boolean;
  /** As it is written in the file. */
  readonly lastModified: string;
  /** `ENC[…]`. */
  readonly mac: string;
  readonly version: string;
  /** The entry `tidegate`, see `signFile`; SOPS ignores it, and drops it when it writes the file. */
  readonly signature?: string;
}

/** A SOPS file as it stands; no key was needed for it. */
export interface SopsFile {
  readonly path: string;
  readonly format: SopsFormat;
  readonly metadata: SopsMetadata;
  readonly leaves: readonly Leaf[];
  readonly comments: readonly StoredComment[];
  /** Exactly what was parsed. */
  readonly bytes: Uint8Array;
}

/** A private age key: one that was found, or its text, `AGE-SECRET-KEY-…`. */
export type PrivateKey = string | Pick<AgeIdentity, "reveal">;

/** Who can open a file. With several groups, `threshold` of them (default: all) have to come together. */
export type Recipients =
  | readonly string[]
  | { readonly groups: readonly (readonly string[])[]; readonly threshold?: number };

/** How a file is written. */
export interface PrintOptions {
  /** Becomes `lastmodified`, to the second. */
  readonly now: Date;
  /** Signs the file that is otherwise complete. Without it the file has no signature. */
  readonly sign?: Signer;
  /** Stands in the signature, see `Signed`; a whole number from 1. Default: one more than the file's own. */
  readonly counter?: number;
}

/** A file whose data key is known and whose MAC was right. Immutable: every change gives another one. */
export interface OpenSops {
  /** As it was opened, without the changes made since; for a new file what there is of it. */
  readonly file: SopsFile;
  /** With the changes, opened. */
  readonly leaves: readonly Leaf[];
  /** In the first document. Undefined when nothing is there. */
  get(path: KeyPath): PlainValue | undefined;
  /**
   * With these values set or removed in the first document, one after the other. Mappings on the way are made. What
   * cannot be done (a key below a scalar, a list in a dotenv file) is told by `print`.
   */
  with(changes: readonly Change[]): OpenSops;
  /** The whole file decrypted, without SOPS's metadata, in its own format and layout. */
  plaintext(): Uint8Array;
  /** With another content, such as an edited `plaintext()`. */
  withPlaintext(bytes: Uint8Array): Result<OpenSops>;
  /** With a new data key, so that everything is encrypted anew. */
  rotated(): OpenSops;
  /** Open to these age recipients in place of those before; entries of other providers stay. The data key stays, too. */
  withRecipients(recipients: Recipients): OpenSops;
  /**
   * The bytes of the file. What did not change is not written anew: the same path and plaintext keep their ciphertext
   * (unless rotated), the same recipients their wraps, and everything its layout.
   */
  print(options: PrintOptions): Promise<Result<Uint8Array>>;
}

/** How a new file is made. */
export interface CreateOptions {
  /** What failures call the file. */
  readonly path?: string;
  readonly recipients: Recipients;
  /** Default: SOPS's, `unencrypted_suffix: _unencrypted`. */
  readonly selector?: Selector;
  readonly macOnlyEncrypted?: boolean;
  /** Spaces; default 2 in YAML, a tab in JSON. */
  readonly indent?: number;
}
