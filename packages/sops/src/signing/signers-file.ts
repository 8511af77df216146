import { parseRecipient } from "../age/recipient.ts";
import { failed, type Location, ok, type Result, type SopsFailure } from "../result.ts";
import { isPublicKey } from "./public-key.ts";

/** Who may write the secrets files: the counterpart of `.sops.yaml`, which says who may read them. */
export interface SignersFile {
  /** Absolute. */
  readonly path: string;
  readonly entries: readonly SignersEntry[];
}

/** One line: name, age recipient, signing key, separated by spaces. */
export interface SignersEntry {
  readonly name: string;
  readonly recipient: string;
  /** `tgsign1…` */
  readonly publicKey: string;
  readonly line: number;
}

const nameForm = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,99}$/u;

/** Empty lines and those that begin with `#` are skipped. Failures: `signers-invalid`, all at once, each with its line. */
export function parseSigners(path: string, text: string): Result<SignersFile> {
  const failures: SopsFailure[] = [];
  const entries: SignersEntry[] = [];
  for (const [index, source] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(source)) continue;
    const read = parseLine(source, { file: path, line: index + 1, column: 1 }, entries);
    if (read.ok) entries.push(read.value);
    else failures.push(...read.failures);
  }
  return failures.length === 0 ? ok({ path, entries }) : failed(...failures);
}

function parseLine(source: string, location: Location, before: readonly SignersEntry[]): Result<SignersEntry> {
  const [name = "", recipient = "", publicKey = "", ...rest] = source.trim().split(/\s+/);
  const refuse = (message: string) => failed(problem(message, location));
  if (publicKey === "" || rest.length > 0) return refuse("A signer is a name, a recipient and a signing key");
  if (!nameForm.test(name)) return refuse("A signer's name has letters, digits and . _ @ + - only");
  const parsed = parseRecipient(recipient);
  if (!parsed.ok) return failed(...parsed.failures.map((failure) => ({ ...failure, location })));
  if (!isPublicKey(publicKey)) return refuse(`The signing key of ${name} is none: a character is missing or changed`);
  if (before.some((entry) => entry.name === name)) return refuse(`There are two signers named ${name}`);
  const twin = before.find((entry) => entry.publicKey === publicKey);
  if (twin !== undefined) return refuse(`${name} has the signing key of ${twin.name}`);
  return ok({ name, recipient, publicKey, line: location.line });
}

function problem(message: string, location: Location): SopsFailure {
  const hint = "One line each: NAME age1… tgsign1…";
  return { code: "signers-invalid", message, location, hint };
}

const heading = `# Who may write the secrets files: name, age recipient, signing key. Review a change here like code.
`;

/** The text with one more signer at its end; `undefined`: a new file. The rest stays byte for byte. */
export function withSigner(text: string | undefined, entry: Omit<SignersEntry, "line">): string {
  const before = text ?? heading;
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  return `${before}${gap}${entry.name} ${entry.recipient} ${entry.publicKey}\n`;
}

/** The text without that signer's line; the rest stays byte for byte. `file` is what `parseSigners` made of the text. */
export function withoutSigner(text: string, entry: SignersEntry): string {
  const lines = text.split(/(?<=\n)/);
  return lines.filter((_, index) => index !== entry.line - 1).join("");
}
