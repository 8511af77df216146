import { createHmac, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { readIfThere } from "../files/read-if-there.ts";
import { writeFirst } from "../files/write-quickly.ts";
import { Secret } from "./secret.ts";

const keyBytes = 32;

/** Digests values that must not stand anywhere in clear, so that equal ones can be told without the value being guessable. */
export class ProjectKey {
  readonly #key: Uint8Array;
  /** Most values are digested for each task. */
  readonly #digests = new Map<string, string>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  digest(value: string): string {
    let digest = this.#digests.get(value);
    if (digest === undefined) {
      digest = `keyed:${createHmac("sha256", this.#key).update(value).digest("hex")}`;
      this.#digests.set(value, digest);
    }
    return digest;
  }

  /** A secret text of 64 hexadecimal digits, always the same for a purpose; no digest of a value is ever the same. */
  derive(purpose: string): Secret {
    const key = createHmac("sha256", this.#key).update("derive").digest();
    return new Secret(createHmac("sha256", key).update(purpose).digest("hex"));
  }
}

/**
 * The project's key; made at random the first time, 0600. One that is damaged is replaced: then nothing that was
 * fingerprinted with a value from the environment is found again. @throws the system's error.
 */
export function readProjectKey(path: string): ProjectKey {
  for (;;) {
    const key = readIfThere(path);
    if (key?.length === keyBytes) return new ProjectKey(key);
    if (key !== undefined) rmSync(path, { force: true });
    writeFirst(path, randomBytes(keyBytes));
  }
}
