import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { combineShares, shareAt, splitSecret } from "../../src/file/shamir.ts";

test("any shares as many as the threshold give the secret, fewer do not", () => {
  const secret = randomBytes(32);
  const shares = splitSecret(secret, 5, 3);
  expect(shares.map((share) => share.at(-1))).toEqual([1, 2, 3, 4, 5]);
  for (const chosen of [
    [0, 1, 2],
    [4, 2, 0],
    [1, 3, 4],
    [0, 1, 2, 3, 4],
  ]) {
    expect(Buffer.from(combineShares(chosen.map((index) => shares[index]!))!)).toEqual(secret);
  }
  expect(Buffer.from(combineShares([shares[0]!, shares[1]!])!)).not.toEqual(secret);
  expect(shareAt(shares.slice(0, 3), 5)).toEqual(shares[4]);
});

test("shares as HashiCorp's code makes them: 0x53 with the coefficient 0xca is 0x99 at 1 and 0xdc at 2", () => {
  // In GF(2^8) of AES: 0xca · 1 = 0xca and 0xca · 2 = 0x8f; 0x53 ^ 0xca = 0x99, 0x53 ^ 0x8f = 0xdc.
  expect(combineShares([Uint8Array.of(0x99, 1), Uint8Array.of(0xdc, 2)])).toEqual(Uint8Array.of(0x53));
});

test("shares that cannot belong together are refused", () => {
  const [one, two] = splitSecret(randomBytes(4), 2, 2) as [Uint8Array, Uint8Array];
  expect(combineShares([one])).toBeUndefined();
  expect(combineShares([one, one])).toBeUndefined();
  expect(combineShares([one, two.subarray(1)])).toBeUndefined();
  expect(combineShares([one, Uint8Array.of(1, 2, 3, 4, 0)])).toBeUndefined();
});
