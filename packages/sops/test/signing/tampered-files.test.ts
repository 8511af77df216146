import { beforeAll, describe, expect, test } from "vitest";
import { askRealSops, requireRealSops } from "../../../../test/support/real-sops.ts";
import type { Identity } from "../../src/age/identity.ts";
import { generateIdentity } from "../../src/age/identity.ts";
import { createSops } from "../../src/file/create-sops.ts";
import { openSops } from "../../src/file/open-sops.ts";
import { parseSops } from "../../src/file/parse-sops.ts";
import { checkSopsSignature } from "../../src/file/to-signable.ts";
import { signerOf } from "../../src/signing/signer.ts";
import type { SignersFile } from "../../src/signing/signers-file.ts";
import type { SopsFormat } from "../../src/text/sops-format.ts";

const now = new Date("2026-03-04T05:06:07Z");
const names = { yaml: "production.yaml", json: "production.json", dotenv: "production.env", binary: "production.bin" };
const plain: Partial<Record<SopsFormat, string>> = {
  yaml: "# about it\npassword: hunter2hunter2\nis_admin: true\napp:\n  region_unencrypted: eu\nnumbers_unencrypted:\n  - 123\n  - 456\n",
  json: '{"password":"hunter2hunter2","is_admin":true,"app":{"region_unencrypted":"eu"},"numbers_unencrypted":[123,456]}\n',
  dotenv: "# about it\nPASSWORD=hunter2hunter2\nREGION_unencrypted=eu\n",
};

let alice: Identity;
let signers: SignersFile;

beforeAll(async () => {
  alice = await generateIdentity("x25519");
  const { publicKey } = signerOf(alice, "");
  signers = {
    path: "/project/secrets/signers",
    entries: [{ name: "alice", recipient: alice.recipient, publicKey, line: 1 }],
  };
});

function pathOf(format: SopsFormat): string {
  return `/project/secrets/${names[format]}`;
}

async function write(format: SopsFormat, isSigned = true): Promise<string> {
  const empty = await createSops(format, { recipients: [alice.recipient] });
  const filled = empty.withPlaintext(Buffer.from(plain[format]!));
  if (!filled.ok) throw new Error(JSON.stringify(filled.failures));
  const sign = isSigned ? { sign: signerOf(alice, names[format]) } : {};
  const printed = await filled.value.print({ now, ...sign });
  if (!printed.ok) throw new Error(JSON.stringify(printed.failures));
  return Buffer.from(printed.value).toString();
}

/** What SOPS's own check says, and ours. `undefined`: accepted. */
async function judge(format: SopsFormat, text: string) {
  const file = await parseSops(pathOf(format), Buffer.from(text));
  if (!file.ok) throw new Error(JSON.stringify(file.failures));
  const opened = await openSops(file.value, [alice]);
  const signed = checkSopsSignature(file.value, signers);
  return {
    mac: opened.ok ? undefined : opened.failures[0]?.code,
    signature: signed.ok ? undefined : signed.failures[0]?.cause?.split("\n")[0],
  };
}

describe.each(["yaml", "json", "dotenv"] as const)("promise 7: a signed %s file", (format) => {
  test("is accepted as it was written, and is written the same way for the rest", async () => {
    const text = await write(format);
    expect(text).toContain("tgsig2.");
    expect(await judge(format, text)).toEqual({ mac: undefined, signature: undefined });
  });

  test("is refused without its signature", async () => {
    expect((await judge(format, await write(format, false))).signature).toContain("nobody signed");
  });
});

/** Moves a digit from one number to the next. Both stand by themselves: "123" can be within what is encrypted, too. */
function shiftDigits(text: string): string {
  return text.replace(/(?<=[\s[])123(?=[\s,\]])/, "12").replace(/(?<=[\s,])456(?=[\s\]])/, "3456");
}

/** What SOPS accepts: by its own check there is nothing wrong. */
const rows: readonly [SopsFormat, string, (text: string) => string, RegExp][] = [
  [
    "yaml",
    "a changed type",
    (text) => text.replace("type:bool", "type:str"),
    /The type of is_admin was changed from bool to str/,
  ],
  [
    "json",
    "a changed type",
    (text) => text.replace("type:bool", "type:str"),
    /The type of is_admin was changed from bool to str/,
  ],
  [
    "yaml",
    "a renamed key",
    (text) => text.replace("region_unencrypted", "zone_unencrypted"),
    /renamed to app\.zone_unencrypted/,
  ],
  [
    "json",
    "a renamed key",
    (text) => text.replace("region_unencrypted", "zone_unencrypted"),
    /renamed to app\.zone_unencrypted/,
  ],
  ["dotenv", "a renamed key", (text) => text.replace("REGION_", "ZONE_"), /renamed to ZONE_unencrypted/],
  ["yaml", "shifted digits", shiftDigits, /plain value of numbers_unencrypted\[0\]/],
  ["json", "shifted digits", shiftDigits, /plain value of numbers_unencrypted\[0\]/],
  ["yaml", "an added null", (text) => `extra: null\n${text}`, /extra was added/],
  ["yaml", "an added empty text", (text) => `extra: ''\n${text}`, /extra was added/],
  ["json", "an added empty text", (text) => text.replace("{", '{"extra": "",'), /extra was added/],
  ["dotenv", "an added empty text", (text) => `EXTRA=\n${text}`, /EXTRA was added/],
  ["yaml", "an added empty list", (text) => `extra: []\n${text}`, /extra was added/],
  ["yaml", "an added comment", (text) => `# trust me\n${text}`, /comment was added/],
];

test.each(rows)("%s: %s is accepted by SOPS and refused here", async (format, _, tamper, message) => {
  const text = await write(format);
  const tampered = tamper(text);
  expect(tampered).not.toBe(text);
  const judged = await judge(format, tampered);
  expect(judged.mac).toBeUndefined();
  expect(judged.signature).toMatch(message);
});

test("a whole file encrypted anew to the same recipients is refused, even with the old signature", async () => {
  const signature = /tgsig2\.[\w.:-]+/.exec(await write("yaml"))![0];
  const forged = (await write("yaml", true)).replace(/tgsig2\.[\w.:-]+/, signature);
  const judged = await judge("yaml", forged);
  expect(judged).toEqual({ mac: undefined, signature: expect.stringContaining("whole file was replaced") });
});

test("the signed file of one environment is refused in the place of another's", async () => {
  const file = await parseSops("/project/secrets/staging.yaml", Buffer.from(await write("yaml")));
  const checked = file.ok ? checkSopsSignature(file.value, signers) : file;
  expect(!checked.ok && checked.failures[0]?.cause).toContain("signed as another file");
});

test("a real SOPS takes the files with their signatures, and each of the changed ones", async (context) => {
  requireRealSops(context);
  const formats = ["yaml", "json", "dotenv"] as const;
  const genuine = await Promise.all(formats.map(async (format) => ({ format, text: await write(format) })));
  const changed = await Promise.all(
    rows.map(async ([format, , tamper]) => ({ format, text: tamper(await write(format)) })),
  );
  const requests = [...genuine, ...changed].map(({ format, text }) => ({ format, content: Buffer.from(text) }));
  const { problems } = await askRealSops(requests, [alice.reveal()]);
  expect(problems).toEqual(requests.map(() => undefined));
});
