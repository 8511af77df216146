import { beforeAll, describe, expect, test } from "vitest";
import { encrypt, failureOf, type Key, makeKey, open } from "./support/files.ts";

const plaintext = `# about it
user: alice
flags:
  on: true
  off: false
hosts:
  - one
  - two
numbers_unencrypted: [123, 456]
name_unencrypted: open
`;

let key: Key;
let text: string;

beforeAll(async () => {
  key = await makeKey();
  text = await encrypt("yaml", plaintext, { recipients: [key.recipient] });
});

/** The encrypted value of a key, or of an item of a list. */
function valueAt(lead: string, nth = 0): string {
  return [...text.matchAll(new RegExp(`^ *${lead} (ENC\\[.*\\])$`, "gm"))][nth]![1]!;
}

describe("promise 7: refuses, as SOPS does,", () => {
  const rows: [what: string, change: () => string, message: RegExp][] = [
    [
      "an encrypted value under another key",
      () => text.replace(/^user:/m, "other:"),
      /other is not as it was encrypted/,
    ],
    ["two values in each other's place", () => swap(valueAt("user:"), valueAt("on:")), /is not as it was encrypted/],
    ["two items of a list in each other's place", () => swap(valueAt("-", 0), valueAt("-", 1)), /MAC/],
    ["an item that is gone", () => text.replace(/^ {2}- ENC.*\n/m, ""), /MAC/],
    ["an item that is there twice", () => text.replace(/^ {2}- ENC.*\n/m, (line) => line + line), /MAC/],
    ["a plain value that was changed", () => text.replace(": open", ": opened"), /MAC/],
    [
      "a plain value in the place of an encrypted one",
      () => text.replace(valueAt("user:"), "alice"),
      /user stands in plain text/,
    ],
    [
      "a number in the place of an encrypted value",
      () => text.replace(valueAt("user:"), "12"),
      /user stands in plain text/,
    ],
    ["an encrypted value that was emptied", () => text.replace(valueAt("user:"), '""'), /MAC/],
    ["an encrypted value that was made null", () => text.replace(valueAt("user:"), "null"), /MAC/],
    [
      "a byte of a value",
      () => text.replace(valueAt("user:"), flip(valueAt("user:"), "data:")),
      /user is not as it was/,
    ],
    ["a byte of a nonce", () => text.replace(valueAt("user:"), flip(valueAt("user:"), "iv:")), /user is not as it was/],
    ["a byte of a tag", () => text.replace(valueAt("user:"), flip(valueAt("user:"), "tag:")), /user is not as it was/],
    [
      "a type that does not fit",
      () => text.replace(valueAt("user:"), valueAt("user:").replace("type:str", "type:int")),
      /user is not as it was/,
    ],
    [
      "mac_only_encrypted that was added",
      () => text.replace("  unencrypted_suffix", "  mac_only_encrypted: true\n  unencrypted_suffix"),
      /MAC/,
    ],
    ["another lastmodified", () => text.replace("03:04:05Z", "03:04:06Z"), /MAC/],
    ["another mac", () => text.replace(/mac: ENC.*/, (line) => flip(line, "data:")), /MAC/],
    ["an empty mac", () => text.replace(/mac: ENC.*/, 'mac: ""'), /MAC/],
    ["no mac", () => text.replace(/^ {2}mac: .*\n/m, ""), /MAC/],
    [
      "another selector",
      () => text.replace("unencrypted_suffix: _unencrypted", "encrypted_suffix: r"),
      /MAC|plain text/,
    ],
  ];

  test.each(rows)("%s", async (_, change, message) => {
    const changed = change();
    expect(changed).not.toBe(text);
    const failure = failureOf(await open("yaml", changed, key.identity));
    expect(failure.code).toMatch(/^(value-exposed|value-tampered|mac-wrong)$/);
    expect(failure.message).toMatch(message);
    expect(JSON.stringify(failure)).not.toContain("alice");
  });

  test("mac_only_encrypted that was taken out", async () => {
    const other = await encrypt("yaml", plaintext, { recipients: [key.recipient], macOnlyEncrypted: true });
    const failure = failureOf(await open("yaml", other.replace(/^ {2}mac_only_encrypted.*\n/m, ""), key.identity));
    expect(failure).toMatchObject({ code: "mac-wrong", message: expect.stringContaining("MAC") });
  });
});

test("under mac_only_encrypted a plain value may change, an encrypted one not", async () => {
  const other = await encrypt("yaml", plaintext, { recipients: [key.recipient], macOnlyEncrypted: true });
  expect((await open("yaml", other.replace(": open", ": opened"), key.identity)).ok).toBe(true);
  const without = other.replace(/^ {2}- ENC.*\n/m, "");
  expect(failureOf(await open("yaml", without, key.identity)).code).toBe("mac-wrong");
});

test("a file that another was encrypted for is told apart from one that was changed", async () => {
  const other = await makeKey();
  const failure = failureOf(await open("yaml", text, other.identity));
  expect(failure).toMatchObject({ code: "no-key", cause: expect.stringContaining("1 age key that") });
});

function swap(one: string, other: string): string {
  return text.replace(one, "\0").replace(other, one).replace("\0", other);
}

/** Changes the first character behind a name. */
function flip(value: string, name: string): string {
  const at = value.indexOf(name) + name.length;
  return value.slice(0, at) + (value[at] === "A" ? "B" : "A") + value.slice(at + 1);
}
