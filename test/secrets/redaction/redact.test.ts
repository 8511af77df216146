import { describe, expect, test } from "vitest";
import { formsOf } from "../../../src/secrets/redaction/forms.ts";
import { createRedactor, redactText } from "../../../src/secrets/redaction/redact.ts";
import { Secret } from "../../../src/secrets/secret.ts";

const secrets = (...values: string[]) => values.map((value) => new Secret(value));

/** The text through a redactor in pieces that end at `cuts`. */
function inPieces(text: string, cuts: readonly number[], values: readonly Secret[]): string {
  const redactor = createRedactor(values);
  const ends = [...cuts, text.length];
  const pieces = ends.map((end, index) => redactor.push(text.slice(ends[index - 1] ?? 0, end)));
  return pieces.join("") + redactor.flush();
}

const awkward = 'pa/ss+w"ö rd\\?&=日';

describe("a value is hidden", () => {
  test.each([
    ["as it is", awkward],
    ["in JSON", JSON.stringify({ a: awkward })],
    ["in a URL", `?q=${encodeURIComponent(awkward)}`],
    ["in a URL with lower-case escapes", encodeURIComponent(awkward).replace(/%../g, (byte) => byte.toLowerCase())],
    ["in a form", new URLSearchParams({ q: awkward }).toString()],
    ["in hexadecimal", Buffer.from(awkward).toString("hex")],
    ["in upper-case hexadecimal", Buffer.from(awkward).toString("hex").toUpperCase()],
    ["in base64", Buffer.from(awkward).toString("base64")],
    ["in base64 for URLs", Buffer.from(awkward).toString("base64url")],
  ])("%s", (_, text) => {
    const shown = redactText(`before ${text} after`, secrets(awkward));
    expect(shown).toMatch(/^before .*\[secret\].* after$/);
    for (const form of formsOf(new Secret(awkward)))
      expect(shown).not.toContain(Buffer.from(form.bytes).toString("latin1"));
    expect(shown.length).toBeLessThan(40);
  });

  test.each(["", "a", "ab", "abc", "user:"])("in base64 behind %j, where only the edges stay", (prefix) => {
    const value = "correct horse battery staple";
    const text = Buffer.from(`${prefix}${value}:tail`).toString("base64");
    const shown = redactText(text, secrets(value));
    expect(shown).toContain("[secret]");
    expect(shown.replace("[secret]", "").length).toBeLessThanOrEqual(Math.ceil(((prefix.length + 5) * 4) / 3) + 4);
  });

  test("line by line when it has several", () => {
    const pem = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n";
    expect(redactText(`web | ${pem.replaceAll("\n", "\nweb | ")}`, secrets(pem))).not.toMatch(/MIIE|hkiG/);
  });

  test("however short it is; nothing is hidden for an empty one", () => {
    expect(redactText("a1b", secrets("1"))).toBe("a[secret]b");
    expect(redactText("text", secrets(""))).toBe("text");
    expect(redactText("text", [])).toBe("text");
  });

  test("with a line that is assigned something and has very many blanks in it", () => {
    const value = `KEY=begin-of-it${" ".repeat(500_000)}end`;
    expect(redactText(value.slice(4), secrets(value))).toBe("[secret]");
  });

  test("with lone surrogates in it", () => {
    expect(redactText("x\ud800key\udc00y", secrets("\ud800key\udc00"))).toBe("x[secret]y");
  });
});

describe("whatever the order of pieces", () => {
  test("no cut shows a part of a value", () => {
    const text = `token=abcabcabd;url=${encodeURIComponent("p@ss word")}!`;
    const values = secrets("abcabd", "p@ss word");
    const whole = redactText(text, values);
    expect(whole).toBe("token=abc[secret];url=[secret]!");
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second += 3) {
        expect(inPieces(text, [first, second], values)).toBe(whole);
      }
    }
    expect(
      inPieces(
        text,
        [...text].map((_, index) => index),
        values,
      ),
    ).toBe(whole);
  });

  test.each([
    ["one is the beginning of another", ["abc", "abcdef"], "xabcdefx abcdx", "x[secret]x [secret]dx"],
    ["they overlap", ["xab", "abc"], "1xabc2", "1[secret]2"],
    ["one is inside another", ["b", "abc"], "abcab", "[secret]a[secret]"],
    ["one repeats without end", ["aa"], "aaaaaaaab", "[secret]b"],
    ["one only begins", ["secret-value"], "secret-valu", "secret-valu"],
  ])("when %s", (_, values, text, expected) => {
    expect(redactText(text, secrets(...values))).toBe(expected);
    expect(
      inPieces(
        text,
        [...text].map((_, index) => index),
        secrets(...values),
      ),
    ).toBe(expected);
  });

  test("only what may still become a value is held back", () => {
    const redactor = createRedactor(secrets("hunter2"));
    expect(redactor.push("a line\nhun")).toBe("a line\n");
    expect(redactor.push("dred\n")).toBe("hundred\n");
    expect(redactor.push("x hunter2")).toBe("x [secret]");
    expect(redactor.push(" hunt")).toBe(" ");
    expect(redactor.flush()).toBe("hunt");
    expect(redactor.push("er2 hunter2")).toBe("er2 [secret]");
  });

  test("random texts and cuts agree with a plain search for all occurrences", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    const word = (length: number) => Array.from({ length }, () => "ab"[random(2)]).join("");
    for (let round = 0; round < 500; round++) {
      const values = [word(1 + random(3)), word(2 + random(3))].filter((value) => value.length < 4);
      const text = word(random(30));
      const cuts = [random(text.length + 1), random(text.length + 1)].sort((a, b) => a - b);
      const shown = inPieces(text, cuts, secrets(...values));
      expect(shown.replaceAll("[secret]", "")).toBe(uncovered(text, values));
    }
  });
});

/** The characters that are in no occurrence of any value. */
function uncovered(text: string, values: readonly string[]): string {
  const covered = new Set<number>();
  for (const value of values) {
    for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
      for (let index = at; index < at + value.length; index++) covered.add(index);
    }
  }
  return [...text].filter((_, index) => !covered.has(index)).join("");
}
