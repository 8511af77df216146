import { createHash } from "node:crypto";
import { readRfc3339, toSeconds } from "../text/go-time.ts";
import { bytesOf, type Plain } from "../text/plain.ts";

/** What a MAC over encrypted values alone begins with: the SHA-256 of `sops`. */
const encryptedOnly = Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex");

/** SOPS's MAC: the SHA-512 of all plaintext in the file's order, without keys and separators. */
export class Mac {
  readonly #hash = createHash("sha512");
  readonly #isEncryptedOnly: boolean;

  constructor(isEncryptedOnly: boolean) {
    this.#isEncryptedOnly = isEncryptedOnly;
    if (isEncryptedOnly) this.#hash.update(encryptedOnly);
  }

  add(plain: Plain, isEncrypted: boolean): void {
    if (plain.type === "comment" || plain.type === "null") return;
    if (isEncrypted || !this.#isEncryptedOnly) this.#hash.update(bytesOf(plain));
  }

  /** Once. */
  digest(): string {
    return this.#hash.digest("hex").toUpperCase();
  }
}

/** What the MAC is bound to: the time of the last change. */
export function macAad(lastModified: string): string {
  return toSeconds(readRfc3339(lastModified) ?? "");
}
