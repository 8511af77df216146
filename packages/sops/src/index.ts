/**
 * SOPS files with age recipients, without the `sops` program: read, written, signed, verified and merged. YAML, JSON, dotenv and
 * binary files; comments, order and layout stay. Expected failures are values (`Result`), a throw is a bug or a misuse. No
 * failure ever holds a value of a file or a private key.
 *
 * A file is read in two steps: `parseSops` needs no key and tells what stands in it, `openSops` decrypts and always verifies
 * the MAC. What is opened is immutable; `print` gives the bytes of the next file, read back and verified before they are given out.
 */

// biome-ignore-all assist/source/organizeImports: in the order in which one comes to need it
// Files
export { createSops } from "./file/create-sops.ts";
export { openSops } from "./file/open-sops.ts";
export { parseSops } from "./file/parse-sops.ts";
export { readBounded } from "./file/read-bounded.ts";
export { type GroupedRecipient, recipientsOfFile } from "./file/recipients.ts";
export type {
  AgeWrap,
  Change,
  CreateOptions,
  KeyGroup,
  KeyPath,
  Leaf,
  LeafType,
  OpenSops,
  OtherWrap,
  PlainValue,
  PrintOptions,
  PrivateKey,
  Recipients,
  Scalar,
  Selector,
  SopsFile,
  SopsMetadata,
  StoredComment,
} from "./file/types.ts";
export { formatOf, type SopsFormat } from "./text/sops-format.ts";

// Failures are values
export {
  type Failed,
  type Location,
  type Ok,
  type Result,
  type SopsCode,
  type SopsFailure,
  showPath,
} from "./result.ts";

// Keys and recipients
export { findIdentities, type KeySearch, noKeyFailure, searchIdentities } from "./age/find-identities.ts";
export { generateIdentity, Identity, type IdentityKind, withIdentity } from "./age/identity.ts";
export {
  type KeyCommand,
  type KeyLookup,
  type Printed,
  type RunCommand,
  sopsKeyFile,
  userConfigFolder,
} from "./age/key-lookup.ts";
export { type IdentityText, type ParsedIdentities, parseIdentities } from "./age/parse-identities.ts";
export { parseRecipient, type Recipient, type RecipientKind, showRecipient } from "./age/recipient.ts";

// Signatures, an addition to SOPS: who wrote a file, and as which file
export { checkSopsSignature } from "./file/to-signable.ts";
export type { Signed } from "./signing/check-signature.ts";
export { readSignedVersion, type SignedVersion } from "./signing/signed-version.ts";
export { findSigner, type Signer, signerOf } from "./signing/signer.ts";
export {
  parseSigners,
  type SignersEntry,
  type SignersFile,
  withoutSigner,
  withSigner,
} from "./signing/signers-file.ts";

// The policy, `.sops.yaml`: who can read which file
export { addPolicyRule, type NewRule, newPolicy } from "./policy/add-rule.ts";
export { compareRecipients, type RecipientDifference, recipientsOf } from "./policy/compare-recipients.ts";
export { addPolicyRecipient, type RecipientEdit, removePolicyRecipient } from "./policy/edit-recipients.ts";
export { findPolicy, findPolicyPath, type PolicyPlace, policyName, readPolicy, ruleFor } from "./policy/find-policy.ts";
export { parsePolicy } from "./policy/parse-policy.ts";
export type {
  CreationRule,
  Policy,
  PolicyKeyGroup,
  PolicyNotice,
  PolicyRecipient,
  PolicySelector,
} from "./policy/policy.ts";

// Versions of a file become one
export {
  isSamePlain,
  type MergeConflict,
  type MergedRecipients,
  type MergedValues,
  mergeRecipients,
  mergeValues,
  type SideChange,
} from "./merge.ts";
