import { randomBytes } from "node:crypto";
import type { Decrypter } from "age-encryption";
import { combineShares } from "./shamir.ts";
import type { AgeWrap, KeyGroup, PrivateKey, SopsMetadata } from "./types.ts";

const dataKeyLength = 32;

/** The data key of a file, and the shares it came from where it was split. */
export interface DataKey {
  readonly key: Uint8Array;
  readonly shares: readonly Uint8Array[];
}

/** A random one, not split yet. */
export function newDataKey(): DataKey {
  return { key: randomBytes(dataKeyLength), shares: [] };
}

/** Undefined when the identities open too few of the groups. */
export async function unwrapDataKey(
  metadata: SopsMetadata,
  identities: readonly PrivateKey[],
): Promise<DataKey | undefined> {
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(typeof identity === "string" ? identity : identity.reveal());
  const opened = await Promise.all(metadata.keyGroups.map((group) => unwrapGroup(group, decrypter)));
  const parts = opened.filter((part) => part !== undefined);
  if (metadata.keyGroups.length === 1) return wholeKey(parts[0], []);
  if (parts.length < metadata.shamirThreshold) return undefined;
  return wholeKey(combineShares(parts), parts);
}

function wholeKey(key: Uint8Array | undefined, shares: readonly Uint8Array[]): DataKey | undefined {
  return key?.length === dataKeyLength ? { key, shares } : undefined;
}

async function unwrapGroup(group: KeyGroup, decrypter: Decrypter): Promise<Uint8Array | undefined> {
  for (const wrap of group.age) {
    const part = await unwrap(wrap, decrypter);
    if (part !== undefined) return part;
  }
  return undefined;
}

async function unwrap({ enc }: AgeWrap, decrypter: Decrypter): Promise<Uint8Array | undefined> {
  const { armor } = await import("age-encryption");
  try {
    return await decrypter.decrypt(armor.decode(enc));
  } catch {
    // For another identity, or damaged: the next one may do.
    return undefined;
  }
}

/** One age message for one recipient, as SOPS has them. */
export async function wrapFor(recipient: string, part: Uint8Array): Promise<AgeWrap> {
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const message = armor.encode(await encrypter.encrypt(part));
  return { recipient, enc: message.endsWith("\n") ? message : `${message}\n` };
}
