import { failed, ok, type Result, type SopsFailure } from "../result.ts";
import { decodeBech32 } from "./bech32.ts";
import { type Identity, type IdentityKind, identityOf } from "./identity.ts";

/** Where the text of identities comes from. */
export interface IdentityText {
  readonly text: string;
  /** For people: a variable's name, or a file. */
  readonly origin: string;
  /** The file, when it is one: problems are located in it. */
  readonly file?: string;
  /** A variable may hold several on one line. */
  readonly isVariable: boolean;
}

/** The identities of one source. */
export interface ParsedIdentities {
  readonly identities: readonly Identity[];
  /** Identities that SOPS could use and this library cannot: of plugins. */
  readonly unsupported: readonly SopsFailure[];
}

interface Word {
  readonly text: string;
  readonly line: number;
}

/**
 * The identities of one source, by SOPS's rules: one each line, empty lines and those that begin with `#` skipped, and
 * nothing is trimmed. One that is wrong fails the source (`keys-unusable`), with its line and never with its text.
 */
export async function parseIdentities(source: IdentityText): Promise<Result<ParsedIdentities>> {
  const other = somethingElse(source.text);
  if (other !== undefined) return failed({ ...refusal(source, other.what), hint: other.hint });
  const identities: Identity[] = [];
  const unsupported: SopsFailure[] = [];
  const failures: SopsFailure[] = [];
  for (const word of wordsOf(source)) {
    const kind = kindOf(word.text);
    if (kind === "plugin") unsupported.push(refusal(source, "An identity of an age plugin is not supported", word));
    else if (kind === undefined) failures.push(notAnIdentity(source, word));
    else identities.push(await identityOf(kind, word.text, source.origin));
  }
  return failures.length === 0 ? ok({ identities, unsupported }) : failed(...failures);
}

function wordsOf({ text, isVariable }: IdentityText): Word[] {
  return text.split("\n").flatMap((source, index) => {
    const line = source.replace(/\r$/, "");
    if (line === "" || line.startsWith("#")) return [];
    const words = isVariable ? line.split(/\s+/).filter((word) => word !== "") : [line];
    return words.map((word) => ({ text: word, line: index + 1 }));
  });
}

function kindOf(text: string): IdentityKind | "plugin" | undefined {
  if (text.startsWith("AGE-PLUGIN-")) return "plugin";
  const decoded = text === text.toUpperCase() ? decodeBech32(text) : undefined;
  if (decoded?.data.length !== 32) return undefined;
  if (decoded.prefix === "age-secret-key-") return "x25519";
  return decoded.prefix === "age-secret-key-pq-" ? "hybrid" : undefined;
}

/** What the whole text is, when it is no list of identities: told once, not line by line. */
function somethingElse(text: string): { readonly what: string; readonly hint: string } | undefined {
  const start = text.trimStart();
  if (/^(age-encryption|-----BEGIN AGE)/.test(start)) {
    const hint = 'Let age open it: SOPS_AGE_KEY_CMD="age -d FILE", which asks for the passphrase.';
    return { what: "It is protected by a passphrase, and no passphrase is asked for", hint };
  }
  if (/^-----BEGIN PGP /.test(start)) return { what: "It is an OpenPGP key, which is not supported", hint: ageKeyHint };
  if (/^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/.test(start))
    return { what: "It is an SSH or PEM key, which is not supported", hint: ageKeyHint };
  if (/^\{\s*"/.test(start))
    return { what: "It is JSON, as keys of cloud providers are, which are not supported", hint: ageKeyHint };
  // Read as UTF-8, every other character of UTF-16 is a NUL, and bytes that mean nothing become replacement characters.
  if (/[\0\ufffd]/.test(text)) {
    return { what: "It is no text in UTF-8", hint: "Save it as UTF-8: `iconv -f UTF-16 -t UTF-8 FILE`." };
  }
  return undefined;
}

/** How somebody comes by a key that can be used. */
export const ageKeyHint = "Make an age key with `age-keygen`, and ask for its public half to be added as a recipient.";

function notAnIdentity(source: IdentityText, word: Word): SopsFailure {
  if (word.text.startsWith("\ufeff")) {
    const hint = "Save the file as UTF-8 without a byte order mark: SOPS would not read it either.";
    return { ...refusal(source, "It begins with a byte order mark, which is no part of a key", word), hint };
  }
  if (/^age1[a-z0-9]+$/.test(word.text)) {
    const hint = "The private half is wanted: the line AGE-SECRET-KEY-… that `age-keygen` wrote below this one.";
    return { ...refusal(source, "It is the public half of a key, which opens nothing", word), hint };
  }
  const failure = refusal(source, "It does not hold an age identity there", word);
  return {
    ...failure,
    hint: "A line is empty, a comment that begins with #, or AGE-SECRET-KEY-… with nothing around it.",
  };
}

function refusal({ origin, file }: IdentityText, cause: string, word?: Word): SopsFailure {
  const where = word === undefined ? "" : `, line ${word.line}`;
  // Without the text of the line: it may be a key with one wrong character.
  const location = file === undefined || word === undefined ? {} : { location: { file, line: word.line, column: 1 } };
  return { code: "keys-unusable", message: `The keys of ${origin}${where} cannot be used`, cause, ...location };
}
