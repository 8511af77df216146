import { thirty, writers } from "../../secrets/redaction/samples.ts";

interface Needle {
  readonly bytes: Buffer;
  readonly names: string[];
}

/** Shorter pieces of a secret stand by chance in other texts, too. */
const pieceLength = 16;

/**
 * Looks for thirty secrets in every encoding, for the whole of them and for pieces that a cut at the wrong place would
 * leave. Independent of the code that hides them: it knows how the test wrote them, and nothing else.
 */
export class Needles {
  readonly #byStart = new Map<number, Needle[]>();
  /** Whether a needle may begin with these two bytes: it mostly spares a look into the map. */
  readonly #begins = new Uint8Array(0x10000);

  constructor(kind: "wholes" | "pieces") {
    const byText = new Map<string, Needle>();
    thirty.forEach((value, index) => {
      for (const [writer, write] of Object.entries(writers)) {
        const core = coreOf(Buffer.from(write(value)));
        for (const bytes of kind === "wholes" ? [core] : piecesOf(core)) {
          const text = bytes.toString("latin1");
          const needle = byText.get(text) ?? { bytes, names: [] };
          byText.set(text, needle);
          needle.names.push(`SECRET_${index} ${writer}`);
        }
      }
    });
    for (const needle of byText.values()) {
      const start = needle.bytes.readUInt32LE(0);
      this.#begins[start & 0xffff] = 1;
      const others = this.#byStart.get(start);
      if (others === undefined) this.#byStart.set(start, [needle]);
      else others.push(needle);
    }
  }

  /** The names of what is there, each once: `SECRET_3 base64`. */
  in(text: Buffer): string[] {
    const found = new Set<string>();
    for (let at = 0; at + 4 <= text.length; at++) {
      if (this.#begins[text[at]! | (text[at + 1]! << 8)] === 0) continue;
      const start = (text[at]! | (text[at + 1]! << 8) | (text[at + 2]! << 16) | (text[at + 3]! << 24)) >>> 0;
      for (const { bytes, names } of this.#byStart.get(start) ?? []) {
        if (text.compare(bytes, 0, bytes.length, at, Math.min(at + bytes.length, text.length)) === 0)
          for (const name of names) found.add(name);
      }
    }
    return [...found];
  }
}

/** How many there are to be found. */
export const everything = thirty.length * Object.keys(writers).length;

/** What is certainly the secret's: without what stands at its edges. */
function coreOf(text: Buffer): Buffer {
  const edge = Math.min(12, Math.floor(text.length / 4));
  return text.subarray(edge, text.length - edge);
}

function piecesOf(core: Buffer): Buffer[] {
  const count = Math.floor(core.length / pieceLength);
  const pieces = Array.from({ length: count }, (_, n) => core.subarray(n * pieceLength, (n + 1) * pieceLength));
  return pieces.length === 0 ? [core] : pieces;
}
