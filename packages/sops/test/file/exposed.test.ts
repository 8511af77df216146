import { describe, expect, it } from "vitest";
import { createSops, generateIdentity, type PlainValue, parseSops, type Selector } from "../../src/index.ts";

const now = new Date("2026-01-02T03:04:05Z");
const me = await generateIdentity("x25519");

type Format = "yaml" | "json" | "dotenv" | "binary";

async function encrypted(format: Format, values: Record<string, PlainValue>, selector?: Selector): Promise<string> {
  const empty = await createSops(format, { recipients: [me.recipient], ...(selector && { selector }) });
  const filled = empty.with(Object.entries(values).map(([key, value]) => ({ path: [key], value })));
  const printed = await filled.print({ now });
  if (!printed.ok) throw new Error(printed.failures[0]?.message);
  return Buffer.from(printed.value).toString("utf8");
}

/** Where plain text stands in spite of the selector: `path:line`, and comments as `#line`. */
async function exposedIn(name: string, text: string): Promise<string[]> {
  const parsed = await parseSops(name, Buffer.from(text, "utf8"));
  if (!parsed.ok) throw new Error(parsed.failures[0]?.cause);
  const { leaves, comments } = parsed.value;
  return [
    ...leaves.filter(({ isExposed }) => isExposed).map(({ path, line }) => `${path.join(".")}:${line}`),
    ...comments.filter(({ isExposed }) => isExposed).map(({ line }) => `#${line}`),
  ];
}

describe("plain text among encrypted values is told without a key", () => {
  it("in YAML: at the top, nested, in lists, of every type, in the second document", async () => {
    const text = await encrypted("yaml", { a: "x", none: null, empty: "" });
    const added = `${text}b: plain\nc:\n  d: 5\n  e: [true, ENC]\nf: 2020-01-01T00:00:00Z\ng: 1.5\nh: ""\ni:\n---\nj: plain\n`;
    const lines = added.split("\n").indexOf("b: plain") + 1;
    expect(await exposedIn("s.yaml", text)).toEqual([]);
    expect(await exposedIn("s.yaml", added)).toEqual([
      `b:${lines}`,
      `c.d:${lines + 2}`,
      `c.e.0:${lines + 3}`,
      `c.e.1:${lines + 3}`,
      `f:${lines + 4}`,
      `g:${lines + 5}`,
      `j:${lines + 9}`,
    ]);
  });

  it("in JSON and dotenv", async () => {
    const json = await encrypted("json", { a: "x" });
    expect(await exposedIn("s.json", json)).toEqual([]);
    expect(await exposedIn("s.json", json.replace("{", '{\n"b": {"c": ["plain", 5, ""]},'))).toEqual([
      "b.c.0:2",
      "b.c.1:2",
    ]);
    const dotenv = await encrypted("dotenv", { A: "x" });
    expect(await exposedIn("s.env", dotenv)).toEqual([]);
    expect(await exposedIn("s.env", `B=plain\n${dotenv}`)).toEqual(["B:1"]);
  });

  it("in a binary file, whose one value it is", async () => {
    const text = await encrypted("binary", { data: "x" });
    expect(await exposedIn("s.bin", text)).toEqual([]);
    expect(await exposedIn("s.bin", text.replace(/"data": "[^"]*"/, '"data": "plain"'))).toEqual(["data:2"]);
  });

  it("also where it only looks encrypted", async () => {
    const text = await encrypted("yaml", { a: "x" });
    expect(await exposedIn("s.yaml", `b: ENC[AES256_GCM,data:hunter2]\n${text}`)).toEqual(["b:1"]);
  });

  it.each<[Selector, string[]]>([
    [{ kind: "unencrypted_suffix", suffix: "_clear" }, ["b:2", "c_open:3"]],
    [{ kind: "encrypted_suffix", suffix: "_open" }, ["c_open:3"]],
    [{ kind: "unencrypted_regex", regex: "^(b|a_clear)$" }, ["c_open:3"]],
    [{ kind: "encrypted_regex", regex: "^b$" }, ["b:2"]],
    [{ kind: "encrypted_comment_regex", regex: "hide" }, ["d:5"]],
    [{ kind: "unencrypted_comment_regex", regex: "hide" }, ["a_clear:1", "b:2", "c_open:3"]],
  ])("only where the file's selector asks for encryption: %o", async (selector, found) => {
    const text = await encrypted("yaml", {}, selector);
    const plain = "a_clear: x\nb: x\nc_open: x\n# hide\nd: x\n";
    const own = text.replace(/^\{\}\n/, "");
    const exposed = await exposedIn("s.yaml", plain + own);
    const expected = selector.kind === "unencrypted_suffix" ? [...found, "d:5"] : found;
    const others = selector.kind === "unencrypted_regex" ? [...found, "d:5"] : expected;
    expect(exposed.filter((one) => !one.startsWith("#"))).toEqual(others);
  });

  it("in comments, where comments are encrypted", async () => {
    const text = await encrypted("yaml", { a: "x" });
    expect(await exposedIn("s.yaml", `# the old one was hunter2\n${text}`)).toEqual(["#1"]);
    const open = await encrypted("yaml", { a: "x" }, { kind: "encrypted_regex", regex: "^a$" });
    expect(await exposedIn("s.yaml", `# for the team\n${open}`)).toEqual([]);
  });
});
