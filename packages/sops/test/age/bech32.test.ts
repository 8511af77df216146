import { describe, expect, test } from "vitest";
import { decodeBech32, encodeBech32 } from "../../src/age/bech32.ts";
import { parseRecipient, showRecipient } from "../../src/age/recipient.ts";
import { fuzzRuns, randomOf } from "../fuzz.ts";

describe("Bech32", () => {
  test.each([
    ["A12UEL5L", "a", ""],
    ["a12uel5l", "a", ""],
    ["abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", "00443214c74254b635cf84653a56d7c675be77df"],
    [
      "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
      "split",
      "c5f38b70305f519bf66d85fb6cf03058f3dde463ecd7918f2dc743918f2d",
    ],
  ])("reads %s of BIP 173 and writes it", (text, prefix, hex) => {
    const decoded = decodeBech32(text)!;
    expect([decoded.prefix, Buffer.from(decoded.data).toString("hex")]).toEqual([prefix, hex]);
    expect(encodeBech32(decoded)).toBe(text.toLowerCase());
  });

  test.each([
    ["no separator", "pzry9x0s0muk"],
    ["no prefix", "1pzry9x0s0muk"],
    ["a wrong character", "x1b4n0q5v"],
    ["too short a checksum", "li1dgmt3"],
    ["a character of no code in the prefix", "\u007f1axkwrx"],
    ["a wrong checksum", "A1G7SGD8"],
    ["mixed cases", "A12uEL5L"],
    ["an empty text", ""],
  ])("refuses %s", (_, text) => {
    expect(decodeBech32(text)).toBeUndefined();
  });

  test("gives every payload back, and none after a single changed character", () => {
    const random = randomOf("bech32");
    for (let run = 0; run < fuzzRuns(200); run++) {
      const data = random.bytes(random.below(80));
      const text = encodeBech32({ prefix: "age", data });
      expect(decodeBech32(text)).toEqual({ prefix: "age", data: Uint8Array.from(data) });
      const at = 4 + random.below(text.length - 4);
      const other = text[at] === "q" ? "p" : "q";
      expect(decodeBech32(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
  });

  test("reads anything without a throw", () => {
    const random = randomOf("bech32 anything");
    for (let run = 0; run < fuzzRuns(2000); run++) {
      const text = random.text(
        ["age1", "1", "q", "Q", "age1pq1", "AGE-SECRET-KEY-", "\ud800", "é", " ", "ssh-rsa "],
        12,
      );
      decodeBech32(text);
      parseRecipient(text);
      showRecipient(text);
    }
  });
});
