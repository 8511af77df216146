import { bytesOf, type Plain } from "../text/plain.ts";

/**
 * Ciphertexts of a file by path and plaintext: what is the same as before under the same data key is not encrypted
 * anew. Several of the same (in a list) come back in their order.
 */
export class Reuse {
  readonly #stored = new Map<string, string[]>();

  remember(aad: string, plain: Plain, stored: string): void {
    const name = nameOf(aad, plain);
    const known = this.#stored.get(name);
    if (known === undefined) this.#stored.set(name, [stored]);
    else known.push(stored);
  }

  /** To take from, once each; the last one again and again. */
  take(): (aad: string, plain: Plain) => string | undefined {
    const used = new Map<string, number>();
    return (aad, plain) => {
      const name = nameOf(aad, plain);
      const stored = this.#stored.get(name);
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      return stored?.[Math.min(count, stored.length - 1)];
    };
  }
}

function nameOf(aad: string, plain: Plain): string {
  const content = plain.bytes === undefined ? plain.text : Buffer.from(bytesOf(plain)).toString("base64");
  return JSON.stringify([aad, plain.type, plain.bytes !== undefined, content]);
}
