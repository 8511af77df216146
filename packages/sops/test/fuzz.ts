import { createHash } from "node:crypto";

/** How often a fuzz test runs: `few`, or `TIDEGATE_FUZZ_RUNS` times. */
export function fuzzRuns(few: number): number {
  return Number(process.env.TIDEGATE_FUZZ_RUNS ?? few);
}

/** Random, the same each time for a name; another `TIDEGATE_FUZZ_SEED` gives others. */
export interface Random {
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
  /** Up to so many parts, one after the other. */
  text(parts: readonly string[], most: number): string;
}

/** xorshift128, seeded by the name. */
export function randomOf(name: string): Random {
  const seed = createHash("sha256")
    .update(`${process.env.TIDEGATE_FUZZ_SEED ?? "1"} ${name}`)
    .digest();
  let [x, y, z, w] = [0, 4, 8, 12].map((at) => seed.readUInt32LE(at)) as [number, number, number, number];
  const next = () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return w;
  };
  const below = (limit: number) => next() % Math.max(limit, 1);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  return {
    below,
    pick,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    text: (parts, most) => Array.from({ length: below(most + 1) }, () => pick(parts)).join(""),
  };
}
