import { showRecipient } from "../age/recipient.ts";
import type { SopsFailure } from "../result.ts";
import type { SignatureFinding, SignatureVerdict } from "./findings.ts";

const shown = 10;

/** Why a file is refused, in words. `path`: the file, as people should see it. Never shows a value. */
export function signatureFailure(path: string, verdict: SignatureVerdict & { readonly state: "refused" }): SopsFailure {
  const { findings, signer } = verdict;
  const isUnsigned = findings[0]!.kind === "unsigned";
  const message = isUnsigned ? `${path} is not signed` : `${path} is not as it was signed`;
  const lines = findings.slice(0, shown).map(describe);
  if (findings.length > shown) lines.push(`and ${findings.length - shown} more changes`);
  // The top of a document is a map: a number there is the document's.
  const isOfDocuments = findings.some((finding) => "path" in finding && typeof finding.path[0] === "number");
  if (isOfDocuments) lines.push("It has several YAML documents; [0] is the first of them");
  if (signer !== undefined) lines.push(`It was signed by ${signer}`);
  const hint = `Review what changed (\`git log -p -- ${path}\`). If it is meant, sign it again.`;
  return { code: isUnsigned ? "unsigned" : "signature-wrong", message, file: path, cause: lines.join("\n"), hint };
}

function describe(finding: SignatureFinding): string {
  switch (finding.kind) {
    case "unsigned":
      return "There is a signers file, but nobody signed this one; `sops` drops signatures when it writes";
    case "malformed":
      return "Its signature is damaged";
    case "unknown-signer":
      return `It was signed with ${finding.publicKey}, which is not in the signers file`;
    case "forged":
      return `Its signature claims to be of ${finding.signer} and is not`;
    case "moved":
      return "It was signed as another file: it was copied or renamed";
    case "replaced":
      return "The whole file was replaced: no value and no recipient's key of it is left";
    case "format":
      return "Its format was changed";
    case "selectors":
      return "What is encrypted in it was changed (the selectors)";
    case "comments":
      return "A comment was added, removed or changed";
    case "date-or-mac":
      return "Its date or its MAC was changed";
    case "unknown":
      return "Its parts were put in another order, or something else in it was changed";
    default:
      return describeContent(finding);
  }
}

type ContentFinding = Extract<
  SignatureFinding,
  | { readonly path: unknown }
  | { readonly recipient: unknown }
  | { readonly kind: "recipient-removed" | "removed" | "reordered" }
>;

function describeContent(finding: ContentFinding): string {
  switch (finding.kind) {
    case "recipient-added":
      return `A recipient was added: ${showRecipient(finding.recipient)}`;
    case "recipient-removed":
      return "A recipient was removed";
    case "rewrapped":
      return `The data key was wrapped anew for ${showRecipient(finding.recipient)}`;
    case "added":
      return `${showPath(finding.path)} was added`;
    case "removed":
      return finding.after === undefined
        ? "The first entry was removed"
        : `The entry after ${showPath(finding.after)} was removed`;
    case "renamed":
      return `An entry was renamed to ${showPath(finding.path)}`;
    case "type":
      return `The type of ${showPath(finding.path)} was changed from ${finding.from} to ${finding.to}`;
    case "encryption":
      return finding.isEncrypted
        ? `${showPath(finding.path)} was plain and is encrypted now`
        : `${showPath(finding.path)} was encrypted and is plain now`;
    case "value":
      return `The ${finding.isEncrypted ? "encrypted" : "plain"} value of ${showPath(finding.path)} was changed`;
    case "reordered":
      return "Its entries were put in another order";
    default:
      return finding satisfies never;
  }
}

function showPath(path: readonly (string | number)[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`)).join("");
  return text.replace(/^\./, "").replace(/[\p{Cc}\p{Cf}]/gu, "?");
}
