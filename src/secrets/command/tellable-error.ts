import { stripVTControlCharacters } from "node:util";
import { redactText } from "../redaction/redact.ts";
import { Secret } from "../secret.ts";

const mostLines = 5;
const mostCharacters = 300;

/** Names of variables that hold a program's own credentials. */
const credential = /TOKEN|SECRET|PASSWORD|PASSPHRASE|KEY|CREDENTIAL|SESSION|AUTH/i;

/** Longer runs of these may be a token; words, paths and addresses have something else in between. */
const tokenLike = /[A-Za-z0-9+/_=-]{20,}/g;

/**
 * The end of what a failed program said, as far as it can be shown: without what a shell's trace (`set -x`) shows, the
 * credentials in its environment, and everything that looks like a token.
 */
export function tellableError(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  const own = Object.entries(variables).filter(([name, value]) => credential.test(name) && (value ?? "").length > 3);
  const hidden = redactText(
    text,
    own.map(([, value]) => new Secret(value ?? "")),
  );
  const lines = stripVTControlCharacters(hidden)
    .split(/\r?\n|\r/)
    .filter((line) => line.trim() !== "" && !/^\++ /.test(line));
  return lines
    .slice(-mostLines)
    .map((line) => line.slice(0, mostCharacters).replaceAll(tokenLike, maskToken))
    .join("\n");
}

function maskToken(run: string): string {
  const isWords = /^[a-z/_-]+$/i.test(run) && /[/_-]/.test(run);
  return isWords ? run : "…";
}
