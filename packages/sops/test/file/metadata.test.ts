import { generateKeyPairSync, sign } from "node:crypto";
import { generateHybridIdentity, identityToRecipient } from "age-encryption";
import { beforeAll, describe, expect, test } from "vitest";
import { createSops } from "../../src/file/create-sops.ts";
import { openSops } from "../../src/file/open-sops.ts";
import { parseSops } from "../../src/file/parse-sops.ts";
import type { Recipients } from "../../src/file/types.ts";
import {
  changedLines,
  encrypt,
  failureOf,
  type Key,
  later,
  makeKey,
  now,
  open,
  opened,
  printed,
  unwrap,
} from "./support/files.ts";

let keys: Key[];

beforeAll(async () => {
  keys = await Promise.all([makeKey(), makeKey(), makeKey()]);
});

const plaintext = "a: x\nb: [1, 2]\n";

async function metadataOf(text: string, name = "f.yaml") {
  return unwrap(await parseSops(name, Buffer.from(text))).metadata;
}

test("is written by its keys, without what is empty", async () => {
  const text = await encrypt("yaml", plaintext, { recipients: keys.map(({ recipient }) => recipient) });
  const names = text.slice(text.indexOf("sops:")).match(/^ {2}\w+/gm);
  expect(names?.map((name) => name.trim())).toEqual(["age", "lastmodified", "mac", "unencrypted_suffix", "version"]);
  expect(text).toContain('lastmodified: "2026-01-02T03:04:05Z"');
  for (const { identity } of keys) expect((await opened("yaml", text, identity)).get(["a"])).toBe("x");
});

describe("of older files is read, and kept as it is by an edit", () => {
  test("with null and empty lists, the recipient first, times without quotes", async () => {
    const text = (await encrypt("yaml", plaintext, { recipients: [keys[0]!.recipient] }))
      .replace(/( {4}- )(enc: \|\n(?: {8}.*\n)+)( {6})(recipient: .*)\n/, "$1$4\n$3$2")
      .replace("  age:", "  kms: []\n  gcp_kms: null\n  pgp: []\n  age:")
      .replace(/"(2026-.*Z)"/, "$1");
    const file = await opened("yaml", text, keys[0]!.identity);
    expect(await metadataOf(text)).toMatchObject({
      keyGroups: [{ age: [{ recipient: keys[0]!.recipient }], others: [] }],
    });
    const after = await printed(file.with([{ path: ["a"], value: "y" }]), later);
    expect(changedLines(text, after)).toHaveLength(3);
  });

  test("a time in another zone is what the MAC is bound to", async () => {
    const text = await encrypt("yaml", plaintext, { recipients: [keys[0]!.recipient] });
    expect((await open("yaml", text.replace("03:04:05Z", "03:04:05.9Z"), keys[0]!.identity)).ok).toBe(true);
    expect((await open("yaml", text.replace("03:04:05Z", "03:04:05+00:00"), keys[0]!.identity)).ok).toBe(true);
    expect((await open("yaml", text.replace("03:04:05Z", "04:04:05+01:00"), keys[0]!.identity)).ok).toBe(false);
  });
});

describe("with entries of other providers", () => {
  const kms =
    '    - arn: arn:aws:kms:x\n      created_at: "2020-01-01T00:00:00Z"\n      enc: AQID\n      aws_profile: ""\n      context: {a: b}\n';
  let text: string;

  beforeAll(async () => {
    text = (await encrypt("yaml", plaintext, { recipients: [keys[0]!.recipient] })).replace(
      "  lastmodified",
      `  kms:\n${kms}  lastmodified`,
    );
  });

  test("they are untouched by an edit, and kept when recipients change", async () => {
    const file = await opened("yaml", text, keys[0]!.identity);
    expect(await printed(file.with([{ path: ["a"], value: "y" }]))).toContain(kms);
    const shared = await printed(file.withRecipients([keys[1]!.recipient]));
    expect((await metadataOf(shared)).keyGroups[0]?.others).toEqual((await metadataOf(text)).keyGroups[0]?.others);
    expect((await opened("yaml", shared, keys[1]!.identity)).get(["a"])).toBe("x");
    expect(failureOf(await open("yaml", shared, keys[0]!.identity)).code).toBe("no-key");
  });

  test("a new data key is refused: they could not be renewed", async () => {
    const file = await opened("yaml", text, keys[0]!.identity);
    expect(failureOf(await file.rotated().print({ now }))).toMatchObject({
      code: "recipients-impossible",
      cause: expect.stringContaining("kms"),
    });
  });
});

describe("with several groups", () => {
  const split: () => Recipients = () => ({ groups: keys.map(({ recipient }) => [recipient]), threshold: 2 });

  test.each(["yaml", "json", "dotenv"] as const)("%s is opened by as many as the threshold", async (format) => {
    const content = { yaml: plaintext, json: '{"a": "x"}', dotenv: "a=x\n" }[format];
    const text = await encrypt(format, content, { recipients: split() });
    const file = unwrap(
      await parseSops({ yaml: "f.yaml", json: "f.json", dotenv: "f.env" }[format], Buffer.from(text)),
    );
    const pairs = [
      [0, 1],
      [0, 2],
      [1, 2],
      [0, 1, 2],
    ].map((pair) => pair.map((index) => keys[index]!.identity));
    for (const pair of pairs) expect(unwrap(await openSops(file, pair)).get(["a"])).toBe("x");
    expect(failureOf(await openSops(file, [keys[0]!.identity])).cause).toContain("2 groups");
    expect(file.metadata).toMatchObject({ shamirThreshold: 2 });
  });

  test("a recipient more in one group gets that group's share, the others keep theirs", async () => {
    const file = unwrap(
      await parseSops("f.yaml", Buffer.from(await encrypt("yaml", plaintext, { recipients: split() }))),
    );
    const two = unwrap(await openSops(file, [keys[0]!.identity, keys[1]!.identity]));
    const added = await makeKey();
    const groups = keys.map(({ recipient }, index) => (index === 2 ? [recipient, added.recipient] : [recipient]));
    const text = await printed(two.withRecipients({ groups, threshold: 2 }));
    const after = await metadataOf(text);
    expect(after.keyGroups.map(({ age }) => age[0])).toEqual(file.metadata.keyGroups.map(({ age }) => age[0]));
    const opening = await openSops(unwrap(await parseSops("f.yaml", Buffer.from(text))), [
      keys[0]!.identity,
      added.identity,
    ]);
    expect(unwrap(opening).get(["a"])).toBe("x");
  });

  test("can become one group again", async () => {
    const file = unwrap(
      await parseSops("f.yaml", Buffer.from(await encrypt("yaml", plaintext, { recipients: split() }))),
    );
    const two = unwrap(await openSops(file, [keys[0]!.identity, keys[1]!.identity]));
    const text = await printed(two.withRecipients([keys[2]!.recipient]));
    expect(text).not.toContain("shamir_threshold");
    expect((await opened("yaml", text, keys[2]!.identity)).get(["a"])).toBe("x");
  });
});

test("hybrid post-quantum recipients open it as any other", async () => {
  const identity = await generateHybridIdentity();
  const text = await encrypt("json", '{"a": "x"}', {
    recipients: [await identityToRecipient(identity), keys[0]!.recipient],
  });
  expect((await opened("json", text, identity)).get(["a"])).toBe("x");
  expect((await opened("json", text, keys[0]!.identity)).get(["a"])).toBe("x");
});

test("a new recipient leaves the wraps of the others alone, and every value", async () => {
  const text = await encrypt("yaml", plaintext, { recipients: [keys[0]!.recipient] });
  const after = await printed(
    (await opened("yaml", text, keys[0]!.identity)).withRecipients([keys[0]!.recipient, keys[1]!.recipient]),
  );
  expect((await metadataOf(after)).keyGroups[0]?.age[0]).toEqual((await metadataOf(text)).keyGroups[0]?.age[0]);
  expect(after.slice(0, after.indexOf("sops:"))).toBe(text.slice(0, text.indexOf("sops:")));
});

test.each(["yaml", "json", "dotenv", "binary"] as const)(
  "a signature is stored in %s, read back, and dropped by a change without one",
  async (format) => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const signer = {
      publicKey: "tgsign1test",
      subject: "f",
      sign: (message: Uint8Array) => sign(null, message, privateKey),
    };
    const content = { yaml: plaintext, json: '{\n\t"a": "x"\n}\n', dotenv: "a=x\n", binary: "x" }[format];
    const file = unwrap(
      (await createSops(format, { recipients: [keys[0]!.recipient] })).withPlaintext(Buffer.from(content)),
    );
    const name = { yaml: "f.yaml", json: "f.json", dotenv: "f.env", binary: "f.bin" }[format];
    const text = Buffer.from(unwrap(await file.print({ now, sign: signer }))).toString();
    expect((await metadataOf(text, name)).signature).toMatch(/^tgsig2\./);
    const read = await opened(format, text, keys[0]!.identity);
    const again = Buffer.from(unwrap(await read.print({ now: later, sign: signer }))).toString();
    expect(changedLines(text, again)).toHaveLength(3);
    expect((await metadataOf(await printed(read), name)).signature).toBeUndefined();
  },
);
