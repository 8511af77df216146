import type { SopsCode, SopsFailure, Result as SopsResult } from "@tidegate/sops";
import type { FailureCode } from "../errors/codes.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, type Result } from "../errors/result.ts";

interface Meaning {
  readonly code: FailureCode;
  /** Where Tidegate has a command that mends it. */
  readonly hint?: (failure: SopsFailure) => string;
}

const restore = () =>
  "Restore the file from a commit in which it was right, and make the change with `tidegate secrets`.";
const sign = ({ file = "FILE" }: SopsFailure) =>
  `Review what changed (\`git log -p -- ${file}\`). If it was intended, \`tidegate secrets sign ${file}\` signs it.`;

/** What each code of the library is to Tidegate. */
const meanings: Readonly<Record<SopsCode, Meaning>> = {
  "file-invalid": { code: "secrets-file-invalid" },
  "change-impossible": { code: "secrets-file-invalid" },
  "recipients-impossible": { code: "secrets-policy" },
  "value-exposed": {
    code: "secrets-plaintext",
    hint: () =>
      "Remove the value, set it again with `tidegate secrets set`, and replace it wherever it is used: it was readable.",
  },
  "value-tampered": { code: "secrets-file-tampered", hint: restore },
  "mac-wrong": { code: "secrets-file-tampered", hint: restore },
  unsigned: { code: "secrets-file-tampered", hint: sign },
  "signature-wrong": { code: "secrets-file-tampered", hint: sign },
  "no-key": { code: "secrets-no-key" },
  "no-identity": {
    code: "secrets-no-key",
    hint: () =>
      "Put your key in SOPS_AGE_KEY_FILE, or have somebody who can read the secrets add what `tidegate secrets recipients me` prints.",
  },
  "keys-unusable": { code: "secrets-no-key" },
  "keys-exposed": { code: "secrets-no-key" },
  "no-signing-key": { code: "secrets-no-key" },
  "recipient-invalid": { code: "secrets-policy" },
  "private-key": { code: "secrets-policy" },
  "policy-invalid": { code: "secrets-policy" },
  "no-rule": { code: "secrets-policy" },
  "policy-edit": { code: "secrets-policy" },
  "signers-invalid": {
    code: "secrets-policy",
    hint: () => "One line each: NAME age1… tgsign1…; `tidegate secrets recipients add` writes it.",
  },
};

/** A failure of a secrets file, its keys or its policy, in Tidegate's codes and with Tidegate's commands. */
export function fromSopsFailure(failure: SopsFailure): Failure {
  const { file: _, code, ...rest } = failure;
  const meaning = meanings[code];
  return { ...rest, code: meaning.code, ...(meaning.hint && { hint: meaning.hint(failure) }) };
}

/** An outcome of `@tidegate/sops` as one of Tidegate's. */
export function fromSops<T>(result: SopsResult<T>): Result<T> {
  return result.ok ? result : failed(...result.failures.map(fromSopsFailure));
}
