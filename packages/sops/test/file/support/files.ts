import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { createSops } from "../../../src/file/create-sops.ts";
import { openSops } from "../../../src/file/open-sops.ts";
import { parseSops } from "../../../src/file/parse-sops.ts";
import type { CreateOptions, OpenSops } from "../../../src/file/types.ts";
import type { Result, SopsFailure } from "../../../src/result.ts";
import type { SopsFormat } from "../../../src/text/sops-format.ts";

export const now = new Date("2026-01-02T03:04:05.678Z");
export const later = new Date("2026-01-02T03:05:00.000Z");

export const names: Readonly<Record<SopsFormat, string>> = {
  yaml: "f.yaml",
  json: "f.json",
  dotenv: "f.env",
  binary: "f.bin",
};

export interface Key {
  readonly identity: string;
  readonly recipient: string;
}

export async function makeKey(): Promise<Key> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failures));
  return result.value;
}

export function failureOf(result: Result<unknown>): SopsFailure {
  if (result.ok) throw new Error("it was accepted");
  return result.failures[0]!;
}

/** The encrypted text of a plaintext. */
export async function encrypt(
  format: SopsFormat,
  plaintext: string | Uint8Array,
  options: CreateOptions,
): Promise<string> {
  const open = unwrap((await createSops(format, options)).withPlaintext(Buffer.from(plaintext)));
  return printed(open);
}

export async function printed(open: OpenSops, at: Date = now): Promise<string> {
  return Buffer.from(unwrap(await open.print({ now: at }))).toString("utf8");
}

export async function open(format: SopsFormat, text: string, identity: string): Promise<Result<OpenSops>> {
  const parsed = await parseSops(names[format], Buffer.from(text));
  return parsed.ok ? openSops(parsed.value, [identity]) : parsed;
}

export async function opened(format: SopsFormat, text: string, identity: string): Promise<OpenSops> {
  return unwrap(await open(format, text, identity));
}

/** The lines of one text that are not the same in another, without what is indentation and value. */
export function changedLines(before: string, after: string): string[] {
  const [one, other] = [before.split("\n"), after.split("\n")];
  if (one.length !== other.length) return [`${one.length} lines became ${other.length}`];
  return other.filter((line, index) => line !== one[index]);
}
