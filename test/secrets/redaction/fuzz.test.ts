import { describe, expect, test } from "vitest";
import { createByteRedactor } from "../../../src/secrets/redaction/byte-redactor.ts";
import { formsOf } from "../../../src/secrets/redaction/forms.ts";
import { Secret } from "../../../src/secrets/secret.ts";

const mark = "[secret]";
const rounds = Number(process.env.TIDEGATE_FUZZ_ROUNDS ?? 1000);

/** A small generator, so that every failure can be repeated. */
function generator(seed: number) {
  let state = seed >>> 0 || 1;
  return (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The same by the plainest means: every occurrence of every form, then what is between them. */
function reference(bytes: Buffer, secrets: readonly Secret[]): Buffer {
  const found: { start: number; end: number }[] = [];
  for (const { bytes: form } of secrets.flatMap(formsOf)) {
    for (let at = bytes.indexOf(form); at !== -1; at = bytes.indexOf(form, at + 1))
      found.push({ start: at, end: at + form.length });
  }
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end } of found.sort((a, b) => a.start - b.start)) {
    if (start >= at) parts.push(bytes.subarray(at, start), Buffer.from(mark));
    at = Math.max(at, end);
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

function inPieces(
  bytes: Buffer,
  secrets: readonly Secret[],
  random: (below: number) => number,
  longest: number,
): Buffer {
  const redactor = createByteRedactor(secrets);
  const shown: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random(longest);
    // A piece at any place in memory, which is overwritten after the call.
    const memory = Buffer.alloc(size + 8);
    const offset = random(8);
    const piece = memory.subarray(offset, offset + bytes.copy(memory, offset, at, at + size));
    shown.push(Buffer.from(redactor.push(piece)));
    memory.fill(0);
    at += size;
  }
  return Buffer.concat([...shown, redactor.flush()]);
}

function makeCase(seed: number) {
  const random = generator(seed * 2654435761);
  const alphabet = ["ab", "abc\n", "aé日", "01", "x'\"\\& ", "abcdefghijklmnopqrstuvwxyz"][random(6)]!;
  const letters = [...alphabet];
  const word = (most: number) =>
    Array.from({ length: 1 + random(most) }, () => letters[random(letters.length)]).join("");
  const values = Array.from({ length: 1 + random(5) }, () => word([3, 8, 12, 40][random(4)]!));
  const secrets = values.map((value) => new Secret(value));
  const forms = secrets.flatMap(formsOf);
  const pieces = Array.from({ length: random(30) }, () => {
    if (forms.length === 0 || random(2) === 0) return Buffer.from(word(20));
    const form = Buffer.from(forms[random(forms.length)]!.bytes);
    return random(3) === 0 ? form.subarray(0, random(form.length + 1)) : form;
  });
  return { random, secrets, bytes: Buffer.concat(pieces) };
}

describe("whatever the secrets, the bytes and the pieces", () => {
  test("what comes out is what the plainest search leaves", () => {
    for (let seed = 1; seed <= rounds; seed++) {
      const { random, secrets, bytes } = makeCase(seed);
      const expected = reference(bytes, secrets);
      for (const longest of [1, 3, 20, 1000]) {
        const shown = inPieces(bytes, secrets, random, longest);
        if (!shown.equals(expected))
          expect({ seed, longest, shown: shown.toString() }).toEqual({ seed, longest, shown: expected.toString() });
      }
    }
  });

  test("a cut before what is not settled changes nothing, and nothing of a secret comes out early", () => {
    for (let seed = 1; seed <= rounds / 3; seed++) {
      const { random, secrets, bytes } = makeCase(seed);
      const end = random(bytes.length + 1);
      const redactor = createByteRedactor(secrets);
      const early = Buffer.from(redactor.push(bytes.subarray(0, end)));
      const cut = end - redactor.unsettled;
      const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].map((part) => reference(part, secrets));
      const whole = reference(bytes, secrets);
      if (!Buffer.concat(parts).equals(whole))
        expect({ seed, cut, parts: Buffer.concat(parts).toString() }).toEqual({ seed, cut, parts: whole.toString() });
      expect(whole.subarray(0, early.length).equals(early)).toBe(true);
    }
  });

  test("used again after its end, a redactor knows nothing of what was before", () => {
    for (let seed = 1; seed <= rounds / 10; seed++) {
      const { secrets, bytes } = makeCase(seed);
      const redactor = createByteRedactor(secrets);
      for (let time = 0; time < 3; time++) {
        const shown = Buffer.concat([Buffer.from(redactor.push(bytes)), redactor.flush()]);
        expect(shown.equals(reference(bytes, secrets))).toBe(true);
      }
    }
  });
});
