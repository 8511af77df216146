import { type Failed, failed } from "../../../errors/result.ts";

/** Why a value cannot be written by who cannot read the file. */
export function explainNoKey({ failures }: Failed, doing: string): Failed {
  const why =
    `To ${doing} a value, you have to be able to read the others: a SOPS file has one key for all its values, and that key is ` +
    "encrypted for its recipients.";
  const explained = failures.map((failure, index) =>
    failure.code === "secrets-no-key" && index === 0
      ? { ...failure, cause: [why, failure.cause].filter(Boolean).join("\n") }
      : failure,
  );
  return failed(...explained);
}
