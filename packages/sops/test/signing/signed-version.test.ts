import { describe, expect, test } from "vitest";
import { generateIdentity } from "../../src/age/identity.ts";
import { createSops } from "../../src/file/create-sops.ts";
import { openSops } from "../../src/file/open-sops.ts";
import { parseSops } from "../../src/file/parse-sops.ts";
import { readSignedVersion } from "../../src/signing/signed-version.ts";
import { signerOf } from "../../src/signing/signer.ts";

const signers = "/project/secrets/signers";
const now = new Date("2026-03-04T05:06:07Z");

async function versions(format: "yaml" | "json" | "dotenv", name: string): Promise<[Uint8Array, Uint8Array]> {
  const identity = await generateIdentity("x25519");
  const sign = signerOf(identity, name);
  const empty = await createSops(format, { path: name, recipients: [identity.recipient] });
  const first = await empty.with([{ path: ["KEY"], value: "value" }]).print({ now, sign, counter: 41 });
  if (!first.ok) throw new Error(JSON.stringify(first.failures));
  const file = await parseSops(`/project/secrets/${name}`, first.value);
  const open = file.ok ? await openSops(file.value, [identity]) : file;
  const second = open.ok ? await open.value.with([{ path: ["KEY"], value: "other" }]).print({ now, sign }) : open;
  if (!second.ok) throw new Error(JSON.stringify(second.failures));
  return [first.value, second.value];
}

describe.each([
  ["yaml", "a.yaml"],
  ["json", "a.json"],
  ["dotenv", "a.env"],
] as const)("a signed version of a %s file", (format, name) => {
  test("has the counter that was asked for, else one more than before, and says which file it is", async () => {
    const [first, second] = (await versions(format, name)).map(readSignedVersion);
    expect([first?.counter, second?.counter]).toEqual([41, 42]);
    expect(first?.isOf(`/project/secrets/${name}`, signers)).toBe(true);
    expect(first?.isOf("/project/secrets/other.yaml", signers)).toBe(false);
  });

  test("has none when its counter, its key or its signature is another, or a comment only looks like one", async () => {
    const [first] = await versions(format, name);
    const text = Buffer.from(first).toString();
    const changed = [
      text.replace(".41.", ".42."),
      text.replace(".41.", "."),
      text.replace("tgsig2", "tgsig1"),
      text.replace(/(tgsig2[\w.:-]+)/, (entry) => `${entry.slice(0, -3)}AAA`),
      "# tgsig2.nothing\n",
      "",
    ];
    for (const one of changed) expect(readSignedVersion(Buffer.from(one))).toBeUndefined();
    const decoy = Buffer.from(`# tgsig2.nothing\n${text}`);
    expect(readSignedVersion(decoy)?.counter).toBe(41);
  });
});
