import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../errors/failure.ts";
import { fileFailure } from "../files/file-failure.ts";
import { stateHome, type Variables } from "../files/state-home.ts";
import { writeFirst } from "../files/write-quickly.ts";

const keyBytes = 32;

/** What of a cache carries a code of its own, so that none passes for another. */
export type Sealed = "entry" | "standing" | "index";

/**
 * Says of what the cache has that it was written with this key: by Tidegate, for this user. Against whoever can write to the
 * checkout and cannot read the user's state folder: other users, what comes with a checkout, sealed tasks.
 */
export class CacheKey {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** HMAC-SHA256, 64 hexadecimal digits. */
  codeOf(what: Sealed, bytes: string | Uint8Array): string {
    return createHmac("sha256", this.#key).update(`tidegate ${what}\0`).update(bytes).digest("hex");
  }
}

/** The key, and why it is one of this process alone, under which nothing is found again. */
export interface OpenCacheKey {
  readonly key: CacheKey;
  readonly trouble?: Failure;
}

/**
 * The user's key: that of the file that `TIDEGATE_CACHE_KEY_FILE` names, else `cache-key` in the user's state folder, made at
 * random by whoever comes first, 0600. Never in the checkout.
 */
export function openCacheKey(variables: Variables): OpenCacheKey {
  const found = findCacheKey(variables);
  if (found !== undefined) return { key: found };
  const home = stateHome(variables);
  const given = variables.TIDEGATE_CACHE_KEY_FILE;
  if (given) return ofThisProcess(unusable(given));
  if (!home.ok) return ofThisProcess(home.failures[0]!);
  try {
    writeFirst(keyPath(home.value), randomBytes(keyBytes));
  } catch (error) {
    const failure = fileFailure(error) ?? { ...unusable(keyPath(home.value)), cause: (error as Error).message };
    return ofThisProcess({
      ...failure,
      message: `${failure.message}: nothing that this run stores will be found again`,
    });
  }
  const made = findCacheKey(variables);
  return made === undefined ? ofThisProcess(unusable(keyPath(home.value))) : { key: made };
}

/** The key if there is one; makes none. */
export function findCacheKey(variables: Variables): CacheKey | undefined {
  const given = variables.TIDEGATE_CACHE_KEY_FILE;
  if (given) return readGiven(given);
  const home = stateHome(variables);
  return home.ok ? readOwn(keyPath(home.value)) : undefined;
}

function keyPath(home: string): string {
  return join(home, "cache-key");
}

/** Whatever can be read by others, or is somebody else's, proves nothing. */
function readOwn(path: string): CacheKey | undefined {
  try {
    const { mode, uid } = statSync(path);
    const isPrivate = (mode & 0o077) === 0 && uid === (process.getuid?.() ?? uid);
    const bytes = isPrivate ? readFileSync(path) : undefined;
    return bytes?.length === keyBytes ? new CacheKey(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Text or bytes, but not fewer than make a key. Who gives it to a machine says who may read it there. */
function readGiven(path: string): CacheKey | undefined {
  try {
    const bytes = readFileSync(path);
    const isText = bytes.every((byte) => byte >= 32 || byte === 10 || byte === 13);
    const key = isText ? Buffer.from(bytes.toString("latin1").trim(), "latin1") : bytes;
    return key.length >= keyBytes ? new CacheKey(key) : undefined;
  } catch {
    return undefined;
  }
}

function ofThisProcess(trouble: Failure): OpenCacheKey {
  return { key: new CacheKey(randomBytes(keyBytes)), trouble };
}

function unusable(path: string): Failure {
  return {
    code: "state-damaged",
    message: `${path} is not a key that the cache can use: the cache is neither read nor written`,
    hint: `It must belong to this user alone (mode 600) and have ${keyBytes} bytes; TIDEGATE_CACHE_KEY_FILE may name any file with at least that many. Remove it to have a new one created.`,
  };
}
