import { describe, expect, test } from "vitest";
import { compileGoRegexp } from "../../src/text/go-regexp.ts";
import { fuzzRuns, randomOf } from "../fuzz.ts";

async function matches(source: string, text: string): Promise<boolean | undefined> {
  const compiled = await compileGoRegexp(source);
  return compiled.ok ? compiled.regexp.test(text) : undefined;
}

describe("an expression of Go", () => {
  test.each<[string, string[], string[]]>([
    ["", ["", "a"], []],
    [
      "secrets/prod\\.ya?ml$",
      ["secrets/prod.yaml", "x/secrets/prod.yml"],
      ["secrets/prodXyaml", "secrets/prod.yaml.bak"],
    ],
    ["^(data|stringData)$", ["data", "stringData"], ["Data", "metadata", "data\n"]],
    ["(?i)password", ["myPassword", "PASSWORD"], ["pass"]],
    ["(?i:k)y", ["Ky", "ky", "\u212ay"], ["kY"]],
    ["(?P<name>a+)(?<other>b)", ["aab"], ["b"]],
    ["a{2,3}b", ["aab", "aaab"], ["ab"]],
    ["^a{0}$", [""], ["a"]],
    ["^a{2}$", ["aa"], ["a", "aaa"]],
    ["a{,2}", ["a{,2}"], ["aa"]],
    ["x{a}", ["x{a}"], ["x"]],
    ["^[^a-c]$", ["d", "\n", "é"], ["b", "dd"]],
    ["^[]a]+$", ["]", "a]"], ["b"]],
    ["^[a-]+$", ["-a"], ["b"]],
    ["^[[:alpha:]_]+$", ["aZ_"], ["a1"]],
    ["^[[:^digit:]]$", ["a"], ["1"]],
    ["^[\\d\\-x]+$", ["1-x"], ["\\"]],
    ["^\\pL+$", ["aé"], ["a1"]],
    ["^\\p{Greek}\\P{Greek}$", ["αa"], ["aa"]],
    ["^\\p{^Lu}$", ["a"], ["A"]],
    ["\\bcat\\b", ["a cat.", "cat"], ["cats", "concat"]],
    ["\\Bat", ["cat"], ["at", "c at"]],
    ["\\Aa\\z", ["a"], ["ba", "a\n"]],
    ["^b", ["b"], ["a\nb"]],
    ["(?m)^b$", ["a\nb\nc", "b"], ["ab"]],
    ["^a.b$", ["axb", "a💧b"], ["a\nb"]],
    ["(?s)^a.b$", ["a\nb"], ["ab"]],
    ["^\\Qa.b*\\E$", ["a.b*"], ["axb"]],
    ["^\\Qab\\E*$", ["a", "abbb"], ["abab"]],
    ["^\\x41\\x{1F4A7}\\101\\t$", ["A💧A\t"], ["AA"]],
    ["^\\s$", [" ", "\t"], ["\v", "\u00a0"]],
    ["a|", ["", "b"], []],
    ["^(a|b|)c$", ["ac", "c"], ["dc"]],
    ["^(a*)*$", ["", "aaa"], ["b"]],
    ["^(?:a?){20}a{20}$", ["a".repeat(20)], ["a".repeat(19)]],
    ["(?i)^[a-z]$", ["A", "z", "\u017f"], ["1"]],
    ["(?i)^[^a]$", ["b"], ["A"]],
    ["a(?i)b(?-i)c", ["aBc"], ["aBC", "ABc"]],
    ["(a(?i)b)c", ["aBc"], ["aBC"]],
    ["^\\.\\/\\_\\-$", ["./_-"], []],
  ])("%j matches what Go matches", async (source, yes, no) => {
    for (const text of yes) expect(await matches(source, text), text).toBe(true);
    for (const text of no) expect(await matches(source, text), text).toBe(false);
  });

  test.each([
    "(",
    ")",
    "a)",
    "(a",
    "[",
    "[a",
    "[]",
    "[b-a]",
    "[z-\\d]",
    "*",
    "+a",
    "|*",
    "(*)",
    "a**",
    "a+*",
    "a{2}{3}",
    "a{3,2}",
    "a{1001}",
    "(a{100}){100}",
    "\\",
    "\\1",
    "\\8",
    "\\Z",
    "\\C",
    "\\q",
    "\\x",
    "\\xg",
    "\\x{}",
    "\\x{110000}",
    "(?=a)",
    "(?!a)",
    "(?<=a)",
    "(?<!a)",
    "(?P<>a)",
    "(?P<a",
    "(?P=a)",
    "(?#a)",
    "(?x)a",
    "(?i-)a",
    "\\p{Nope}",
    "\\p{",
    "\\p",
    "[[:nope:]]",
    "(?:",
    "((((a)",
  ])("%j is refused as Go refuses it", async (source) => {
    expect(await matches(source, "a")).toBeUndefined();
  });

  test("takes no time to speak of, however it is built", async () => {
    expect(await matches("^(a+)+$", `${"a".repeat(5000)}b`)).toBe(false);
    expect(await matches("(x+x+)+y", "x".repeat(5000))).toBe(false);
    expect(await matches("(((a{0}){1000}){1000}){1000}", "a")).toBeUndefined();
    expect(await matches("(){1000}".repeat(2000), "a")).toBeUndefined();
    expect(await matches("(".repeat(100_000), "a")).toBeUndefined();
    expect(await matches(`${"(".repeat(900)}a${")".repeat(900)}`, "a")).toBe(true);
    expect(await matches("[a-z]{1000}".repeat(10), "a")).toBeUndefined();
  });

  test("is one that JavaScript understands the same, where both know the syntax", async () => {
    const random = randomOf("go regexp");
    const parts = [
      "a",
      "b",
      "A",
      ".",
      "^",
      "$",
      "(",
      ")",
      "|",
      "*",
      "+",
      "?",
      "[ab]",
      "[^a]",
      "\\d",
      "\\w",
      "\\b",
      "(?:",
      "{2}",
      "{1,2}",
      "1",
      "_",
    ];
    let compared = 0;
    for (let run = 0; run < fuzzRuns(3000); run++) {
      const source = random.text(parts, 8);
      const compiled = await compileGoRegexp(source);
      if (!compiled.ok) continue;
      compared++;
      // JavaScript repeats neither an anchor nor, in this mode, a boundary, and has no flags for the rest of a group.
      if (/(\\b|[$^])[*+?{]|\(\?\)/.test(source)) continue;
      const twin = new RegExp(source, "u");
      for (let count = 0; count < 4; count++) {
        const text = random.text(["a", "b", "A", "1", "_", " ", "💧"], 6);
        expect(compiled.regexp.test(text), `${source} on ${text}`).toBe(twin.test(text));
      }
    }
    expect(compared).toBeGreaterThan(fuzzRuns(3000) / 10);
  });

  test("of any text at all is taken or refused", async () => {
    const random = randomOf("go regexp anything");
    const parts = [
      "(?",
      "(?i)",
      "P<",
      ">",
      "[",
      "]",
      "[:",
      ":]",
      "\\",
      "\\p{",
      "}",
      "{",
      ",",
      "9",
      "-",
      "^",
      "\\Q",
      "\\E",
      "\ud800",
      "L",
      "x",
      "*",
      "|",
      ")",
      "(",
    ];
    for (let run = 0; run < fuzzRuns(3000); run++) {
      const compiled = await compileGoRegexp(random.text(parts, 12));
      if (compiled.ok) compiled.regexp.test(random.text(["a", "\ud800", "\n", "[", "💧"], 5));
      else expect(compiled.problem).not.toBe("");
    }
  });

  test("however long: one that is too long to be meant is refused", async () => {
    for (const source of ["{".repeat(1_000_000), `\\Q${"a".repeat(1_000_000)}`, "[[:".repeat(300_000)])
      expect(await compileGoRegexp(source)).toMatchObject({ ok: false, problem: "It is too large" });
  });
});
