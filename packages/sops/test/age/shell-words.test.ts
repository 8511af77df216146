import { expect, test } from "vitest";
import { splitWords } from "../../src/age/shell-words.ts";
import { fuzzRuns, randomOf } from "../fuzz.ts";

/** What google/shlex makes of them. */
test.each<[string, string[] | undefined]>([
  ["op read op://vault/key", ["op", "read", "op://vault/key"]],
  ["  a\t b\n", ["a", "b"]],
  ["a 'b  c' \"d  e\"", ["a", "b  c", "d  e"]],
  [`a'b'"c"d`, ["abcd"]],
  ["a\\ b \\'", ["a b", "'"]],
  [`"a\\"b\\n" '\\n'`, ['a"bn', "\\n"]],
  ["a '' \"\"", ["a", "", ""]],
  ["a # b\nc", ["a", "c"]],
  ["a#b", ["a#b"]],
  ["$HOME `x` $(y) ; | > *", ["$HOME", "`x`", "$(y)", ";", "|", ">", "*"]],
  ["", []],
  ["# only", []],
  ["a 'b", undefined],
  ['a "b', undefined],
  ["a\\", undefined],
])("%j is split as SOPS splits it", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test("any line is split or refused, in time", () => {
  const random = randomOf("shell words");
  for (let run = 0; run < fuzzRuns(2000); run++) {
    const words = splitWords(random.text(["'", '"', "\\", "#", " ", "\n", "a", "\ud800", "b c"], 60));
    expect(words === undefined || Array.isArray(words)).toBe(true);
  }
  expect(splitWords(`${"a'b' ".repeat(50_000)}'`)).toBeUndefined();
});
