import { beforeAll, describe, expect, test } from "vitest";
import { createSops } from "../../src/file/create-sops.ts";
import { parseSops } from "../../src/file/parse-sops.ts";
import { fuzzRuns } from "../fuzz.ts";
import { encrypt, failureOf, type Key, makeKey, names, opened, printed, unwrap } from "./support/files.ts";
import { Random } from "./support/random.ts";
import { randomJson } from "./support/texts.ts";

const rounds = fuzzRuns(6000);

let key: Key;

beforeAll(async () => {
  key = await makeKey();
});

const parse = (name: string, text: string | Uint8Array) => parseSops(name, Buffer.from(text));

describe("refuses with a reason, and without a value in it,", () => {
  test.each([
    ["no YAML", "f.yaml", "a: [hunter2\nb: }"],
    ["no JSON", "f.json", '{"a": hunter2}'],
    ["JSON with something behind it", "f.json", '{"a": "hunter2"} x'],
    ["a line without =", "f.env", "hunter2"],
    ["a list on top", "f.yaml", "- hunter2"],
    ["text on top", "f.yaml", "hunter2"],
    ["an array on top", "f.json", '["hunter2"]'],
    ["a file without metadata", "f.yaml", "a: hunter2"],
    ["an empty file", "f.yaml", ""],
    ["metadata that is no mapping", "f.yaml", "a: hunter2\nsops: x"],
    ["metadata without keys", "f.yaml", "a: hunter2\nsops: {mac: x, lastmodified: '2020-01-01T00:00:00Z'}"],
    ["the same key twice", "f.yaml", "a: hunter2\na: b\nsops: {}"],
    ["the same key twice in JSON", "f.json", '{"a": "hunter2", "\\u0061": 1}'],
    ["a key that is no text", "f.yaml", "1: hunter2\n"],
    ["a key that is a list", "f.yaml", "? [a]\n: hunter2\n"],
    ["an alias without an anchor", "f.yaml", "a: *nowhere # hunter2\n"],
    ["an alias in itself", "f.yaml", "a: &a\n  b: *a\n  c: hunter2\n"],
    ["bytes that are no UTF-8", "f.yaml", Buffer.from("61203a20ff", "hex")],
    ["an integer beyond 64 bits", "f.yaml", "hunter2: 12345678901234567890\n"],
    ["INI", "f.ini", "[hunter2]"],
  ])("%s", async (_, name, text) => {
    const failure = failureOf(await parse(name, text));
    expect(failure.code).toBe("file-invalid");
    expect(JSON.stringify(failure)).not.toContain("hunter2");
  });

  test("a place is given where there is one", async () => {
    expect(failureOf(await parse("f.yaml", "a: 1\nb:\n  c: 1\n  c: 2\n")).location).toMatchObject({
      file: "f.yaml",
      line: 4,
      column: 3,
    });
  });

  test("two selectors, a regular expression that Go does not know, and a threshold that does not fit", async () => {
    const text = await encrypt("yaml", "a: b\n", { recipients: [key.recipient] });
    const change = async (by: string) =>
      failureOf(await parse("f.yaml", text.replace("  unencrypted_suffix: _unencrypted", by))).cause;
    expect(await change("  unencrypted_suffix: a\n  encrypted_suffix: b")).toContain("exclude each other");
    expect(await change("  encrypted_regex: (?=x)")).toContain("regular expression");
    expect(
      failureOf(await parse("f.yaml", text.replace(/lastmodified: .*/, "lastmodified: yesterday"))).cause,
    ).toContain("lastmodified");
  });
});

describe("is not exhausted by", () => {
  const bomb = [
    "a: &a [x, x, x, x, x, x, x, x, x, x]",
    ...Array.from(
      "bcdefgh",
      (name, index) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[index]}`).join(", ")}]`,
    ),
  ];

  test.each([
    ["aliases of aliases", "f.yaml", () => bomb.join("\n")],
    ["brackets in brackets", "f.yaml", () => `a: ${"[".repeat(100_000)}`],
    ["braces in braces", "f.yaml", () => `a: ${"{a: ".repeat(20_000)}`],
    ["dashes behind dashes", "f.yaml", () => `a:\n  ${"- ".repeat(20_000)}x`],
    [
      "mappings in mappings",
      "f.yaml",
      () => Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
    ],
    ["arrays in arrays", "f.json", () => `{"a": ${"[".repeat(100_000)}`],
    ["objects in objects", "f.json", () => '{"a": '.repeat(100_000)],
    ["very many keys", "f.yaml", () => Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join("\n")],
    ["a very long string", "f.json", () => `{"a": "${"\\\\".repeat(2_000_000)}`],
    ["a very long number", "f.json", () => `{"a": ${"9".repeat(1_000_000)}}`],
    ["a very long plain number", "f.yaml", () => `a: ${"9".repeat(1_000_000)}`],
    ["very many lines without =", "f.env", () => "x\n".repeat(1_000_000)],
    ["very many comments", "f.yaml", () => `a: b\n${"#c\n".repeat(300_000)}`],
    ["very many documents with a comment each", "f.yaml", () => "---\n# c\na: b\n".repeat(50_000)],
    ["maps in maps in dotenv", "f.env", () => `sops_x${"__map_a".repeat(100_000)}=1\n`],
    ["a list with an index of millions", "f.env", () => "sops_age__list_999999__map_enc=x\n"],
    ["more than 16 MiB", "f.bin", () => " ".repeat(17 * 1024 * 1024)],
  ])("%s", async (_, name, make) => {
    expect(failureOf(await parse(name, make())).code).toBe("file-invalid");
  });

  test("a regular expression that takes for ever elsewhere", async () => {
    const selector = { kind: "encrypted_regex", regex: "^(a|a)*(a+)+$" } as const;
    const text = await encrypt("json", `{"${"a".repeat(5000)}b": "x"}`, { recipients: [key.recipient], selector });
    expect((await opened("json", text, key.identity)).leaves[0]).toMatchObject({ isEncrypted: false, value: "x" });
  });

  test.each(["json", "yaml", "binary"] as const)(
    "a value of many megabytes is opened as it was, in %s",
    async (format) => {
      const long = Buffer.alloc(5 * 1024 * 1024, "0123456789abcdef").toString();
      const text = await encrypt(format, format === "binary" ? long : JSON.stringify({ long }), {
        recipients: [key.recipient],
      });
      const open = await opened(format, text, key.identity);
      expect(open.get([format === "binary" ? "data" : "long"]) === long).toBe(true);
    },
  );

  test("thousands of random changes to a file: an answer every time, never a throw", async () => {
    const files = {
      yaml: await encrypt("yaml", "a: [1, {b: c}]\nd: |\n  x\n# c\ne: f\n", { recipients: [key.recipient] }),
      json: await encrypt("json", randomJson(new Random(3)), { recipients: [key.recipient] }),
      dotenv: await encrypt("dotenv", "A=b\n#c\nD=e\n", { recipients: [key.recipient] }),
    };
    const random = new Random(1);
    const pieces = [
      ..."{}[]:,-#&*!|>'\"%@`\n\t\\= ~",
      "sops",
      "ENC[",
      "\u0000",
      "\ufeff",
      "---\n",
      "...\n",
      "<<: *a\n",
      "__proto__",
      "&a ",
      "? ",
    ];
    for (let round = 0; round < rounds; round += 1) {
      const format = random.pick(["yaml", "json", "dotenv"] as const);
      let text = files[format];
      for (let count = 1 + random.below(4); count > 0; count -= 1) {
        const at = random.below(text.length);
        text = text.slice(0, at) + random.pick(pieces) + text.slice(at + random.below(random.chance(0.1) ? 400 : 3));
      }
      const result = await parse(names[format], text);
      if (!result.ok) expect(result.failures[0]?.code).toBe("file-invalid");
    }
  });
});

test("__proto__ and constructor are keys as any other", async () => {
  const yaml = '__proto__:\n  polluted: "yes"\nconstructor:\n  prototype:\n    polluted: "yes"\n';
  for (const [format, plaintext] of [
    ["yaml", yaml],
    ["json", '{"__proto__": {"polluted": "yes"}, "constructor": {"prototype": {"polluted": "yes"}}}'],
  ] as const) {
    const open = await opened(format, await encrypt(format, plaintext, { recipients: [key.recipient] }), key.identity);
    expect(open.get(["__proto__", "polluted"])).toBe("yes");
    expect(open.get(["constructor", "prototype", "polluted"])).toBe("yes");
    expect(open.get(["toString"])).toBeUndefined();
    const again = await printed(
      open.with([
        { path: ["__proto__", "polluted"], value: "no" },
        { path: ["__proto__", "__proto__"], value: "x" },
      ]),
    );
    expect((await opened(format, again, key.identity)).get(["__proto__"])).toEqual(
      new Map([
        ["polluted", "no"],
        ["__proto__", "x"],
      ]),
    );
  }
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("what cannot be held is told when the file is printed, without the value", async () => {
  const dotenv = await createSops("dotenv", { recipients: [key.recipient] });
  const rows = [
    dotenv.with([{ path: ["A"], value: "hunter2\\n" }]),
    dotenv.with([{ path: ["A", "b"], value: "hunter2" }]),
    dotenv.with([{ path: ["A=b"], value: "hunter2" }]),
    dotenv.with([{ path: ["sops_x"], value: "hunter2" }]),
    (await createSops("yaml", { recipients: [key.recipient] })).with([{ path: ["sops"], value: "hunter2" }]),
    (await createSops("yaml", { recipients: [key.recipient] })).with([{ path: ["a"], value: 2n ** 64n }]),
    (await createSops("yaml", { recipients: [key.recipient] })).with([
      { path: ["a"], value: "x" },
      { path: ["a", "b"], value: "hunter2" },
    ]),
    (await createSops("json", { recipients: [key.recipient] })).with([{ path: ["a"], value: Number.NaN }]),
    (await createSops("yaml", { recipients: [] })).with([{ path: ["a"], value: "hunter2" }]),
    (await createSops("yaml", { recipients: ["age1nobody"] })).with([{ path: ["a"], value: "hunter2" }]),
  ];
  for (const row of rows)
    expect(JSON.stringify(failureOf(await row.print({ now: new Date(0) })))).not.toContain("hunter2");
});

test("an edited plaintext may not have SOPS's own key", async () => {
  const open = await createSops("yaml", { recipients: [key.recipient] });
  expect(failureOf(open.withPlaintext(Buffer.from("a: 1\nsops: {}\n"))).cause).toContain("belongs to SOPS");
  expect(unwrap(open.withPlaintext(Buffer.from("a: 1\nsopsy: {}\n"))).get(["sopsy"])).toEqual(new Map());
});
