import { userInfo } from "node:os";
import { type Identity, type SignersEntry, type SignersFile, showRecipient } from "@tidegate/sops";
import { ok, type Result } from "../../../errors/result.ts";
import { signersPath } from "../../../secrets/files/layout.ts";
import { readSigners } from "../../../secrets/files/read-file.ts";
import { askGit } from "../places/ask-git.ts";
import type { SecretsSession } from "../places/session.ts";

/** Somebody who can read or write: found by a name in the signers file, or a recipient. */
export interface Person {
  /** The name, or the recipient shortened. */
  readonly shown: string;
  readonly recipient: string;
  readonly entry?: SignersEntry;
}

/** Who is meant by a name or a recipient; a recipient that nobody knows is somebody without a name. */
export function personOf(signers: SignersFile | undefined, word: string): Person | undefined {
  const entry = signers?.entries.find(({ name, recipient }) => name === word || recipient === word);
  if (entry !== undefined) return { shown: entry.name, recipient: entry.recipient, entry };
  return /^(age1|ssh-)/.test(word) ? { shown: showRecipient(word), recipient: word } : undefined;
}

/** What the signers file calls a recipient, else the recipient shortened. */
export function nameOf(signers: SignersFile | undefined, recipient: string): string {
  return signers?.entries.find((one) => one.recipient === recipient)?.name ?? showRecipient(recipient);
}

/** Who may write; `undefined`: the project has no signers file. */
export function signersOf({ layout }: SecretsSession): Promise<Result<SignersFile | undefined>> {
  return readSigners(signersPath(layout));
}

/** The caller's keys, wherever they are; none is no failure here. */
export async function ownKeys({ keys }: SecretsSession): Promise<Result<readonly Identity[]>> {
  const { searchIdentities } = await import("@tidegate/sops");
  const search = await searchIdentities(keys, []);
  return ok(search.identities);
}

/** What git calls the caller, as a name of the signers file can be; else what the system does. */
export async function ownName({ folder }: Pick<SecretsSession, "folder">): Promise<string> {
  const known = await askGit(folder, "config", "user.name");
  const name = toName(known ?? "") || toName(userInfo().username);
  return name === "" ? "me" : name;
}

function toName(text: string): string {
  return text
    .trim()
    .replaceAll(/[^\p{L}\p{N}._@+-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+|-+$/gu, "")
    .slice(0, 100);
}
