import { failed, ok, type Result } from "../result.ts";
import { decodeBech32 } from "./bech32.ts";

/**
 * `tag`: a hardware key that age itself can encrypt to. Plugins and SSH keys are known to SOPS but not here:
 * what was wrapped for them stays in a file as it is.
 */
export type RecipientKind = "x25519" | "hybrid" | "tag" | "plugin" | "ssh";

/** Somebody that data keys can be wrapped for. */
export interface Recipient {
  readonly text: string;
  readonly kind: RecipientKind;
  /** Whether a data key can be wrapped for it here. */
  readonly isSupported: boolean;
}

/** The prefix and how many bytes age puts behind it. */
const forms: Readonly<Record<string, { readonly kind: RecipientKind; readonly bytes: number }>> = {
  age: { kind: "x25519", bytes: 32 },
  age1pq: { kind: "hybrid", bytes: 1216 },
  age1tag: { kind: "tag", bytes: 33 },
  age1tagpq: { kind: "tag", bytes: 1249 },
};

const sshForm = /^ssh-(ed25519|rsa) +[A-Za-z0-9+/]+={0,2}( .*)?$/;
const pluginForm = /^age1[a-z0-9+._-]+$/;

/** A recipient as SOPS takes it; spaces around it don't matter. Failures: `recipient-invalid`, `private-key`. */
export function parseRecipient(input: string): Result<Recipient> {
  const text = input.trim();
  if (text.startsWith("ssh-")) {
    if (sshForm.test(text)) return ok({ text, kind: "ssh", isSupported: false });
    return refuse(text, "It begins like an SSH key but is none");
  }
  if (text.toUpperCase().startsWith("AGE-SECRET-KEY-")) return refusePrivate();
  if (!text.startsWith("age1")) return refuse(text, "A recipient begins with age1, age1pq1 or ssh-");
  const decoded = decodeBech32(text);
  if (decoded === undefined) return refuse(text, "Its checksum is wrong: a character is missing, or was changed");
  const form = Object.hasOwn(forms, decoded.prefix) ? forms[decoded.prefix] : undefined;
  if (form === undefined && decoded.prefix.startsWith("age1") && pluginForm.test(text)) {
    return ok({ text, kind: "plugin", isSupported: false });
  }
  if (form?.bytes !== decoded.data.length) return refuse(text, "It has not the length that such a recipient has");
  return ok({ text, kind: form.kind, isSupported: true });
}

/** Recipients are long: enough of one to know it by. */
export function showRecipient(text: string): string {
  const limit = 70;
  return text.length <= limit ? text : `${text.slice(0, 32)}…${text.slice(-8)}`;
}

function refuse(text: string, cause: string) {
  const hint = "Ask for the line that begins with age1: `age-keygen -y FILE` prints it for a key file.";
  return failed({ code: "recipient-invalid", message: `Not a recipient: ${showRecipient(text)}`, cause, hint });
}

/** The text itself must not be shown. */
function refusePrivate() {
  const message = "A private key stands where a recipient belongs";
  const hint = "Put the public half there (`age-keygen -y FILE` prints it), and renew the key: it was exposed.";
  return failed({ code: "private-key", message, hint });
}
