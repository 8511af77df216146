import type { Signed, SignersFile, SopsFile } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fromSops, fromSopsFailure } from "../from-sops.ts";
import { type AgeCall, judgeAge } from "./judge-age.ts";
import { signersPath } from "./layout.ts";
import { located } from "./open-file.ts";

/** A secrets file as it stands, judged as far as no key is needed. */
export interface StoredSecrets {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly file: SopsFile;
  /** Absent: the project has no signers file. */
  readonly signers?: SignersFile;
  /** Absent: there is no signers file, or the signature was not asked for. */
  readonly signed?: Signed;
}

/**
 * Parses the file and checks its signature, see `checkStored`, and that it is not an older version, see `judgeAge`. Failures:
 * `secrets-file-invalid`, `secrets-file-tampered`, `secrets-file-older`, `secrets-policy` (the signers file itself).
 */
export async function readSecretsFile(path: string, call: AgeCall): Promise<Result<StoredSecrets>> {
  const stored = await readUnchecked(path, signersPath(call.layout));
  if (!stored.ok) return stored;
  const signed = await checkStored(stored.value, signersPath(call.layout));
  if (!signed.ok) return signed;
  const age = signed.value && (await judgeAge(stored.value, signed.value, call));
  if (age?.ok === false) return age;
  return ok({ ...stored.value, ...(signed.value && { signed: signed.value }) });
}

/**
 * Who signed the file. `undefined`: nobody has to, the project has no signers file. `secrets-file-tampered`: it is not as
 * somebody signed it who may; or it is signed and the signers file is gone, which would switch every check off.
 */
export async function checkStored(
  { path, file, signers }: StoredSecrets,
  signersPath: string,
): Promise<Result<Signed | undefined>> {
  if (signers !== undefined) {
    const { checkSopsSignature } = await import("@tidegate/sops");
    return fromSops(checkSopsSignature(file, signers));
  }
  if (file.metadata.signature === undefined) return ok(undefined);
  const message = `${path} is signed, but there is no signers file`;
  const cause = "Without the signers file, a replaced or renamed secret would not be noticed";
  const hint = `Restore it from git: \`git checkout -- ${signersPath}\`. If the project needs a new one: \`tidegate secrets init\`.`;
  return failed({ code: "secrets-file-tampered", message, cause, hint });
}

/** The same without a look at the signature: for who is about to judge or to replace it. */
export async function readUnchecked(path: string, signersPath: string): Promise<Result<StoredSecrets>> {
  const { readBounded } = await import("@tidegate/sops");
  const found = readBounded(path);
  const bytes = found === undefined ? missing(path) : fromSops(found);
  if (!bytes.ok) return bytes;
  const parsed = await parseBytes(path, bytes.value);
  if (!parsed.ok) return parsed;
  const signers = await readSigners(signersPath);
  if (!signers.ok) return signers;
  return ok({ path, bytes: bytes.value, file: parsed.value, ...(signers.value && { signers: signers.value }) });
}

/** Loaded only by who has a file to read: YAML and cryptography take their time. */
export async function parseBytes(path: string, bytes: Uint8Array): Promise<Result<SopsFile>> {
  const { parseSops } = await import("@tidegate/sops");
  const parsed = await parseSops(path, bytes);
  if (parsed.ok) return parsed;
  const line = conflictLine(bytes);
  return failed(
    ...(line === undefined
      ? parsed.failures.map((one) => located(path, fromSopsFailure(one)))
      : [conflict(path, line)]),
  );
}

/** Where git left its first conflict marker. */
function conflictLine(bytes: Uint8Array): number | undefined {
  const line = Buffer.from(bytes)
    .toString("utf8")
    .split("\n")
    .findIndex((one) => one.startsWith("<<<<<<< "));
  return line === -1 ? undefined : line + 1;
}

function conflict(path: string, line: number): Failure {
  const hint = `\`tidegate secrets init\` makes git merge secrets files by key; then \`git checkout --merge -- ${path}\` merges it again.`;
  const message = `${path} has git's conflict markers`;
  return { code: "secrets-file-invalid", message, location: { file: path, line, column: 1 }, hint };
}

/** `undefined`: the project has none. */
export async function readSigners(path: string): Promise<Result<SignersFile | undefined>> {
  const { parseSigners, readBounded } = await import("@tidegate/sops");
  const bytes = readBounded(path);
  if (bytes === undefined) return ok(undefined);
  return fromSops(bytes.ok ? parseSigners(path, Buffer.from(bytes.value).toString("utf8")) : bytes);
}

function missing(path: string) {
  return failed({ code: "secrets-file-invalid", message: `${path} cannot be read`, cause: "There is no such file" });
}
