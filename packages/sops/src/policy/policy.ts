import type { selectorKinds } from "../file/types.ts";
import type { Location } from "../result.ts";

/** What `.sops.yaml` says: who can read a new secrets file, and what in it is encrypted. */
export interface Policy {
  /** Absolute; `path_regex` is matched against paths relative to its folder. */
  readonly path: string;
  readonly text: string;
  /** The first that matches counts. `undefined`: the file has none, which is as if there were no file. */
  readonly rules: readonly CreationRule[] | undefined;
  /** Spaces that files are indented with, where it says so. */
  readonly indent: { readonly yaml?: number; readonly json?: number; readonly jsonBinary?: number };
  /** What SOPS takes but surely is not meant, such as a key that it does not know. */
  readonly notices: readonly PolicyNotice[];
}

/** Something to know of the policy, and where it stands. */
export interface PolicyNotice {
  readonly message: string;
  readonly location: Location;
}

/** Who can read the files that it matches, and how they are encrypted. */
export interface CreationRule {
  /** Its place among the rules, from 0. */
  readonly index: number;
  /** `undefined`: it matches every file. */
  readonly pathRegex: string | undefined;
  readonly location: Location;
  /** Never empty; more than one means that the data key is split among them. */
  readonly keyGroups: readonly PolicyKeyGroup[];
  /** How many groups are needed; `undefined`: all. */
  readonly shamirThreshold: number | undefined;
  /** `undefined`: SOPS's own, `unencrypted_suffix: _unencrypted`. */
  readonly selector: PolicySelector | undefined;
  readonly macOnlyEncrypted: boolean;
  /** `path`: relative to the policy's folder, with `/`. */
  matches(path: string): boolean;
}

/** Recipients of whom each opens the group. */
export interface PolicyKeyGroup {
  /** As written, with spaces around them taken off; each once. */
  readonly age: readonly string[];
  /** Of the providers that this library does not speak. */
  readonly others: readonly PolicyRecipient[];
}

/** A recipient of any provider: see `recipientId`. */
export interface PolicyRecipient {
  readonly kind: string;
  readonly id: string;
}

/** What of a file is encrypted. */
export interface PolicySelector {
  readonly kind: (typeof selectorKinds)[number];
  readonly value: string;
}
