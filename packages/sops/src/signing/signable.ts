/**
 * What a signature covers of a SOPS file, as it is stored: no key is needed to read it. Everything that a reader can
 * tell apart must be told apart here.
 */
export interface SignableFile {
  readonly format: "yaml" | "json" | "dotenv" | "binary";
  /** In the file's order. An empty map or list is a leaf too. */
  readonly leaves: readonly SignableLeaf[];
  readonly comments: readonly SignableComment[];
  /** The selectors that are set and `mac_only_encrypted`, `shamir_threshold`: name and text, in any order. */
  readonly selectors: Readonly<Record<string, string>>;
  /** Of all providers, in the file's order. */
  readonly recipients: readonly SignableRecipient[];
  /** As stored. */
  readonly mac: string;
  /** As stored. */
  readonly lastmodified: string;
}

/** One value. */
export interface SignableLeaf {
  /**
   * With list indices as numbers. In a file of several YAML documents, the index of the document (a number) stands
   * before it.
   */
  readonly path: readonly (string | number)[];
  /** `str`, `int`, `float`, `bool`, `time`, `bytes`, `null`; `map` and `list` for empty ones. */
  readonly type: string;
  readonly isEncrypted: boolean;
  /** The text as stored: `ENC[…]`, or what a plain value's bytes are in the MAC. */
  readonly text: string;
}

/** One comment. */
export interface SignableComment {
  /** Of the mapping or list that it stands in. */
  readonly path: readonly (string | number)[];
  /** How many leaves come before it. */
  readonly position: number;
  /** As stored, encrypted or not. */
  readonly text: string;
}

/** Somebody whom the data key is wrapped for. */
export interface SignableRecipient {
  /** The index of its key group; 0 when there are none. */
  readonly group: number;
  /** The metadata's name of the provider: `age`, `pgp`, `kms`, … */
  readonly kind: string;
  /** The recipient, fingerprint, ARN, …: see `recipientId` of the policy. */
  readonly id: string;
  /** The wrapped data key (`enc`) as stored; for other providers than age with whatever else the entry holds. */
  readonly wrap: string;
}
