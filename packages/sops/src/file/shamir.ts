import { randomBytes } from "node:crypto";

/**
 * Shamir's secret sharing over GF(2^8) with AES's polynomial, a share being one byte per byte of the secret and its x
 * at the end. Source: getsops/sops `shamir/shamir.go`, which is HashiCorp Vault's.
 */
export function splitSecret(secret: Uint8Array, parts: number, threshold: number): Uint8Array[] {
  const shares = Array.from({ length: parts }, (_, index) => {
    const share = new Uint8Array(secret.length + 1);
    share[secret.length] = index + 1;
    return share;
  });
  for (const [position, byte] of secret.entries()) {
    const coefficients = Uint8Array.of(byte, ...randomBytes(threshold - 1));
    for (const share of shares) share[position] = evaluate(coefficients, share[secret.length] ?? 0);
  }
  return shares;
}

/** Undefined when they cannot belong together. */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array | undefined {
  const secret = shareAt(shares, 0);
  return secret?.subarray(0, -1);
}

/** The share with that x, from as many others as the threshold; with x = 0 it begins with the secret. */
export function shareAt(shares: readonly Uint8Array[], x: number): Uint8Array | undefined {
  const length = shares[0]?.length ?? 0;
  const places = shares.map((share) => share.at(-1) ?? 0);
  const fits = shares.length >= 2 && length >= 2 && shares.every((share) => share.length === length);
  if (!fits || new Set(places).size !== places.length || places.includes(0)) return undefined;
  const weights = places.map((place) => weightOf(place, places, x));
  const result = new Uint8Array(length);
  for (let position = 0; position < length - 1; position += 1) {
    for (const [index, share] of shares.entries()) {
      result[position] = (result[position] ?? 0) ^ multiply(share[position] ?? 0, weights[index] ?? 0);
    }
  }
  result[length - 1] = x;
  return result;
}

/** Lagrange's basis polynomial of `place` at `x`. */
function weightOf(place: number, places: readonly number[], x: number): number {
  let weight = 1;
  for (const other of places) {
    if (other !== place) weight = multiply(weight, multiply(x ^ other, inverse(place ^ other)));
  }
  return weight;
}

function evaluate(coefficients: Uint8Array, x: number): number {
  return coefficients.reduceRight((sum, coefficient) => multiply(sum, x) ^ coefficient, 0);
}

/** By its bits and without branches, so that the time says nothing of the secret. */
function multiply(one: number, other: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = ((product << 1) ^ (-(product >> 7) & 0x11b)) & 0xff;
    product ^= -((other >> bit) & 1) & one;
  }
  return product & 0xff;
}

/** one^254. */
function inverse(one: number): number {
  let result = 1;
  for (let bit = 7; bit >= 0; bit -= 1) {
    result = multiply(result, result);
    if ((254 >> bit) & 1) result = multiply(result, one);
  }
  return result;
}
