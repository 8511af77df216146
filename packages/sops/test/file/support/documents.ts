import type { PlainValue, Selector } from "../../../src/file/types.ts";
import type { Random } from "./random.ts";

/** Documents with what breaks naive writers: unicode, nesting, odd keys, empty values, every way to write a scalar. */
const strings = [
  "",
  " ",
  "plain",
  "with space",
  "yes",
  "true",
  "null",
  "~",
  "0777",
  "1e3",
  "1_000",
  "2001-12-14",
  "1:30",
  "- dash",
  "# no comment",
  "a: b",
  "tab\there",
  "line\nbreak",
  "trailing newline\n",
  "two\n\nparagraphs\n",
  "  leading",
  "trailing  ",
  "quote\"s and 'apostrophes'",
  "back\\slash",
  "ünïcödé ✓ 漢字",
  "emoji 🔐🗝️",
  "\u2028separator",
  "\u0085next line",
  "\ufeffbom",
  "\u007f\u0001control",
  "<script>&amp;</script>",
  "ENC[not really]",
  "{flow: map}",
  "[1, 2]",
  "*alias",
  "&anchor",
  "!tag",
  "%directive",
  "@at",
  "`tick",
  "|",
  ">",
  "|-\n x",
  "---",
  "...",
  "=",
  "<<",
  "x".repeat(300),
];

const keys = [
  "a",
  "b",
  "KEY",
  "key with space",
  "__proto__",
  "constructor",
  "toString",
  "yes",
  "123",
  "ünï",
  "a.b",
  "a/b",
  "plain_unencrypted",
  "secret_enc",
  "pass",
  "x-y",
];

export function randomString(random: Random): string {
  if (random.chance(0.7)) return random.pick(strings);
  return Array.from({ length: random.below(20) }, () => random.pick([..."abc \n\"'#:{}[],&*!|>%@`\\ä漢🔐\t-"])).join(
    "",
  );
}

export function randomScalar(random: Random, withTime = false): PlainValue {
  const kind = random.below(withTime ? 8 : 7);
  if (kind < 3) return randomString(random);
  if (kind === 3) return BigInt(Math.floor((random.next() - 0.5) * 2 ** 40)) * (random.chance(0.2) ? 2n ** 20n : 1n);
  if (kind === 4) return random.pick([1.5, -0.25, 1e21, 1.5e-7, 0.1, 123456.789, 3]);
  if (kind === 5) return random.chance(0.5);
  return kind === 6 ? null : new Date(random.below(2 ** 31) * 1000);
}

export function randomValue(random: Random, depth: number, withTime = false): PlainValue {
  if (depth === 0 || random.chance(0.5)) return randomScalar(random, withTime);
  if (random.chance(0.4))
    return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1, withTime));
  return randomMap(random, depth - 1, withTime);
}

export function randomMap(random: Random, depth: number, withTime = false): ReadonlyMap<string, PlainValue> {
  const count = random.below(5);
  return new Map(Array.from({ length: count }, () => [randomKey(random), randomValue(random, depth, withTime)]));
}

export function randomKey(random: Random): string {
  return random.pick(keys) + (random.chance(0.5) ? random.below(100) : "");
}

export function randomSelector(random: Random, withComments: boolean): Selector | undefined {
  const selectors: readonly (Selector | undefined)[] = [
    undefined,
    { kind: "unencrypted_suffix", suffix: "_unencrypted" },
    { kind: "encrypted_suffix", suffix: "_enc" },
    { kind: "unencrypted_regex", regex: "^(?:a|b)\\d*$" },
    { kind: "encrypted_regex", regex: "(?i)^(key|PASS|secret_)" },
  ];
  const byComment: readonly Selector[] = [
    { kind: "encrypted_comment_regex", regex: "sops:enc" },
    { kind: "unencrypted_comment_regex", regex: "sops:plain" },
  ];
  return random.pick(withComments ? [...selectors, ...byComment] : selectors);
}
