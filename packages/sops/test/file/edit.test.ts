import { beforeAll, describe, expect, test } from "vitest";
import type { Change } from "../../src/file/types.ts";
import { encrypt, type Key, later, makeKey, opened, printed, unwrap } from "./support/files.ts";

let key: Key;

beforeAll(async () => {
  key = await makeKey();
});

async function edit(
  format: "yaml" | "json" | "dotenv",
  plaintext: string,
  changes: readonly Change[],
): Promise<string> {
  const open = await opened(format, await encrypt(format, plaintext, { recipients: [key.recipient] }), key.identity);
  const text = await printed(open.with(changes), later);
  return Buffer.from((await opened(format, text, key.identity)).plaintext()).toString();
}

const yaml = `# The database
database:
    host: db   # inline
    # how many
    pool: 5

    users:
    - name: a   # first
      role: x
    -   name: b
list: [1,  2, {a: b}]   # flow
text: |
    one
      two
last: 'quoted'
# the end
`;

const database = yaml.slice(yaml.indexOf("database:"), yaml.indexOf("list:"));

describe("a change keeps everything else as it is", () => {
  const rows: [what: string, changes: readonly Change[], from: string, to: string][] = [
    ["a value", [{ path: ["database", "host"], value: "other host" }], "host: db ", "host: other host "],
    ["a value that needs quotes", [{ path: ["database", "host"], value: "a: b" }], "host: db ", 'host: "a: b" '],
    [
      "a value of several lines",
      [{ path: ["database", "pool"], value: "x\ny\n" }],
      "pool: 5\n",
      "pool: |\n      x\n      y\n",
    ],
    ["a value that had several lines", [{ path: ["text"], value: "x" }], "text: |\n    one\n      two\n", "text: x\n"],
    [
      "a key at the end of a mapping",
      [{ path: ["database", "users", 1, "role"], value: "z1" }],
      "    -   name: b\n",
      "    -   name: b\n        role: z1\n",
    ],
    [
      "an item of a list",
      [{ path: ["database", "users", 2], value: "c" }],
      "    -   name: b\n",
      "    -   name: b\n    - c\n",
    ],
    [
      "a nested value where there is nothing",
      [{ path: ["database", "tls", "ca"], value: "z" }],
      "    -   name: b\n",
      "    -   name: b\n    tls:\n        ca: z\n",
    ],
    ["a key on top", [{ path: ["new"], value: true }], "# the end\n", "# the end\nnew: true\n"],
    ["an item in brackets", [{ path: ["list", 3], value: "d" }], "{a: b}]", '{a: b}, "d"]'],
    ["a key in braces", [{ path: ["list", 2, "c"], value: null }], "{a: b}]", '{a: b, "c": null}]'],
    ["a key that goes", [{ path: ["database", "pool"], remove: true }], "    pool: 5\n", ""],
    ["a mapping that goes", [{ path: ["database"], remove: true }], database, ""],
    [
      "the first key behind a dash that goes",
      [{ path: ["database", "users", 0, "name"], remove: true }],
      "name: a   # first\n      role",
      "role",
    ],
    [
      "an item that goes",
      [{ path: ["database", "users", 0], remove: true }],
      "    - name: a   # first\n      role: x\n",
      "",
    ],
    ["an item in brackets that goes", [{ path: ["list", 0], remove: true }], "[1,  2", "[2"],
    ["the only key of a mapping that goes", [{ path: ["list", 2, "a"], remove: true }], "{a: b}", "{}"],
    [
      "a list for a value",
      [{ path: ["last"], value: ["x", new Map([["k", 1n]])] }],
      "last: 'quoted'\n",
      "last:\n    - x\n    - k: 1\n",
    ],
    ["a value for a mapping", [{ path: ["database"], value: "gone" }], database, "database: gone\n"],
    ["nothing", [{ path: ["nowhere"], remove: true }], "", ""],
  ];

  test.each(rows)("in YAML: %s", async (_, changes, from, to) => {
    expect(yaml).toContain(from);
    // What is encrypted loses its quotes and its own kind of lines.
    const shown = (text: string) => text.replace("'quoted'", "quoted").replace("{a: b", '{a: "b"');
    const expected = shown(yaml)
      .replace(shown(from), shown(to))
      .replace("text: |\n    one\n      two", "text: |\n  one\n    two");
    expect(await edit("yaml", yaml, changes)).toBe(expected);
  });

  test("in JSON with any indentation, and on one line", async () => {
    const value = { a: "x", b: { c: [1, 2] }, e: {} };
    const changes: Change[] = [
      { path: ["a"], value: "<y>" },
      { path: ["b", "c", 2], value: 3n },
      { path: ["b", "d"], value: new Map([["f", 1.5]]) },
      { path: ["e", "g"], value: "h" },
      { path: ["b", "c", 0], remove: true },
    ];
    const after = { a: "<y>", b: { c: [2, 3], d: { f: 1.5 } }, e: { g: "h" } };
    for (const indent of ["\t", "  ", "    "]) {
      const text = await edit("json", JSON.stringify(value, null, indent), changes);
      expect(text).toBe(JSON.stringify(after, null, indent).replace("<y>", "\\u003cy\\u003e"));
    }
    expect(JSON.parse(await edit("json", JSON.stringify(value), changes))).toEqual(after);
  });

  test("in dotenv", async () => {
    const changes: Change[] = [
      { path: ["B"], value: "x\ny" },
      { path: ["C"], value: 12n },
      { path: ["A"], remove: true },
    ];
    expect(await edit("dotenv", "# one\nA=1\n\n#two\nB= 2 \nD=\n", changes)).toBe("# one\n\n#two\nB=x\\ny\nD=\nC=12\n");
  });
});

test("an edited plaintext keeps the ciphertext of whatever is the same", async () => {
  const text = await encrypt("yaml", yaml, { recipients: [key.recipient] });
  const open = await opened("yaml", text, key.identity);
  const plaintext = Buffer.from(open.plaintext()).toString();
  const edited = unwrap(open.withPlaintext(Buffer.from(plaintext.replace("pool: 5", "pool: 6\n    extra: 1"))));
  const after = await printed(edited, later);
  const kept = text.split("\n").filter((line) => line.includes("ENC[") && !/pool|mac:/.test(line));
  for (const line of kept) expect(after).toContain(line);
  expect(
    after
      .split("\n")
      .filter((line) => !text.includes(line))
      .map((line) => line.trim().split(":")[0]),
  ).toEqual(["pool", "extra", "lastmodified", "mac"]);
});

test("rotating encrypts everything anew, and only that", async () => {
  // Long enough: one byte is encrypted to the same one in 1 of 256 times.
  const text = await encrypt("yaml", "a: a long value\nb_unencrypted: y\n", { recipients: [key.recipient] });
  const open = await opened("yaml", text, key.identity);
  const after = await printed(open.rotated());
  expect(after.match(/data:[^,]*/g)).not.toContain(text.match(/a: ENC\[AES256_GCM,(data:[^,]*)/)?.[1]);
  expect(after).not.toContain(text.match(/iv:[^,]*/)![0]);
  expect(after).toContain("b_unencrypted: y");
  expect((await opened("yaml", after, key.identity)).get([])).toEqual(open.get([]));
});

test("changes leave what they were made from as it was", async () => {
  const open = await opened("yaml", await encrypt("yaml", "a: x\n", { recipients: [key.recipient] }), key.identity);
  open.with([{ path: ["a"], value: "y" }]);
  expect(open.get(["a"])).toBe("x");
});

test("many new keys at once stand in their order, whatever is changed between them", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `k${index}`);
  const added = names.map((name): Change => ({ path: [name], value: name }));
  const nested = names.map((name): Change => ({ path: ["map", name], value: 1n }));
  const changes: Change[] = [
    ...added.slice(0, 20),
    ...nested,
    { path: ["k3"], remove: true },
    { path: ["k4", "x"], value: null },
    ...added.slice(20),
    { path: ["k5"], value: "again" },
  ];
  const expected = ["a", ...names.slice(0, 20).filter((name) => name !== "k3"), "map", ...names.slice(20)];
  for (const [format, plaintext] of [
    ["yaml", "a: x"],
    ["yaml", "a: x\n"],
    ["json", '{"a": "x"}'],
    ["json", '{\n  "a": "x"\n}\n'],
  ] as const) {
    const open = await opened(format, await encrypt(format, plaintext, { recipients: [key.recipient] }), key.identity);
    const withoutBelow = changes.filter(({ path }) => path[1] !== "x");
    const map = open.with(withoutBelow).get([]) as ReadonlyMap<string, unknown>;
    expect([...map.keys()]).toEqual(expected);
    expect((map.get("map") as ReadonlyMap<string, unknown>).size).toBe(50);
    expect(map.get("k5")).toBe("again");
    expect((await open.with(changes).print({ now: later })).ok).toBe(false);
  }
});
