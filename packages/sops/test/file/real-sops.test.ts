import { beforeAll, beforeEach, expect, test } from "vitest";
import { askRealSops, requireRealSops } from "../../../../test/support/real-sops.ts";
import { thoroughly } from "../../../../test/support/require.ts";
import { createSops } from "../../src/file/create-sops.ts";
import type { SopsFormat } from "../../src/text/sops-format.ts";
import { randomMap, randomSelector } from "./support/documents.ts";
import { encrypt, type Key, later, makeKey, opened, printed } from "./support/files.ts";
import { Random } from "./support/random.ts";
import { randomBytes, randomDotenv, randomJson } from "./support/texts.ts";
import { YamlWriter } from "./support/yaml-writer.ts";

const documents = thoroughly(1000, 300);
let key: Key;

beforeAll(async () => {
  key = await makeKey();
});

beforeEach((context) => requireRealSops(context));

async function expectAccepted(format: SopsFormat, texts: readonly string[], recipients = [key]): Promise<string> {
  const requests = texts.map((text) => ({ format, content: Buffer.from(text) }));
  const { problems, log } = await askRealSops(
    requests,
    recipients.map(({ identity }) => identity),
  );
  const refused = problems.flatMap((problem, index) => (problem === undefined ? [] : [`${index}: ${problem}`]));
  expect(refused).toEqual([]);
  return log;
}

async function generate(
  format: SopsFormat,
  count: number,
  make: (random: Random) => string | Uint8Array,
): Promise<string[]> {
  const texts: string[] = [];
  for (let seed = 0; seed < count; seed += 1) {
    const random = new Random(10_000 + seed);
    const selector = randomSelector(random, format === "yaml");
    const options = {
      recipients: [key.recipient],
      macOnlyEncrypted: random.chance(0.3),
      ...(selector && { selector }),
    };
    texts.push(await encrypt(format, make(random), options));
  }
  return texts;
}

test(`promise 7: accepts ${documents} YAML documents, and finds their comments where they were encrypted`, async () => {
  const texts = await generate("yaml", documents, (random) => new YamlWriter(random).write(randomMap(random, 4)));
  const log = await expectAccepted("yaml", texts);
  const comments = texts.join("").match(/#ENC\[/g)?.length ?? 0;
  const misplaced = log.match(/possibly unencrypted comment/g)?.length ?? 0;
  expect(comments).toBeGreaterThan(documents);
  // Behind bare dashes go-yaml has a logic of its own. SOPS then shows such a comment as it stands.
  expect(misplaced).toBeLessThanOrEqual(comments * 0.002);
});

test.each([
  ["json", randomJson],
  ["dotenv", randomDotenv],
  ["binary", randomBytes],
] as const)(`accepts ${documents} %s documents`, async (format, make) => {
  await expectAccepted(format, await generate(format, documents, make));
});

test("promise 7: accepts what is edited, rotated, re-wrapped, and split between groups", async () => {
  const other = await makeKey();
  const texts: string[] = [];
  const options = { recipients: [key.recipient] };
  for (const text of await generate("yaml", 20, (random) => new YamlWriter(random).write(randomMap(random, 4)))) {
    const open = await opened("yaml", text, key.identity);
    const edited = open.with([
      { path: ["a"], value: "new" },
      { path: ["new map", "list"], value: [1n, new Map([["k", true]])] },
      { path: ["b"], remove: true },
    ]);
    texts.push(await printed(edited, later), await printed(open.rotated(), later));
    texts.push(await printed(open.withRecipients([other.recipient, key.recipient]), later));
    const groups = { groups: [[key.recipient], [other.recipient], [(await makeKey()).recipient]], threshold: 2 };
    texts.push(await printed(open.withRecipients(groups), later));
  }
  texts.push(await printed(await createSops("yaml", options)));
  await expectAccepted("yaml", texts, [key, other]);
});

test("accepts several documents in one file, anchors and a file that was encrypted with other indentations", async () => {
  const plaintexts = [
    "a: 1\n---\nb: 2\n---\n# c\nc: [x, {y: z}]\n",
    "base: &base\n  a: 1\n  b: [1, 2] # c\nother: *base\nmerged:\n  k: *base\n",
    "a:\n        b:\n                - c\n                -   d: e\n                    f: g\n",
    '{"flow": {"a": [1, "x"]}, "b": {}}\n',
  ];
  const texts = await Promise.all(plaintexts.map((text) => encrypt("yaml", text, { recipients: [key.recipient] })));
  await expectAccepted("yaml", texts);
});

test("ignores a signature, and refuses what was changed", async () => {
  const texts = await generate("json", 5, randomJson);
  const signed = texts.map((text) => text.replace(/"version":/, '"tidegate": "tgsig1.x", "version":'));
  await expectAccepted("json", signed);
  const yaml = await encrypt("yaml", "a: b\nc_unencrypted: d\n", { recipients: [key.recipient] });
  const dotenv = await encrypt("dotenv", "A=b\n", { recipients: [key.recipient] });
  await expectAccepted("yaml", [yaml.replace("  version:", "  tidegate: tgsig1.x\n  version:")]);
  await expectAccepted("dotenv", [`${dotenv}sops_tidegate=tgsig1.x\n`]);
  const { problems } = await askRealSops(
    [{ format: "yaml", content: Buffer.from(yaml.replace(": d", ": e")) }],
    [key.identity],
  );
  expect(problems[0]).toContain("Failed to verify data integrity");
});
