import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findIdentities, generateIdentity, type Identity, type KeyLookup, searchIdentities } from "@tidegate/sops";
import { beforeAll, describe, expect, test } from "vitest";
import { addToKeyFile, keyLookup, ownKeyFile } from "../../../src/secrets/files/keys.ts";
import { fromSops } from "../../../src/secrets/from-sops.ts";
import { tempFolder } from "../../support/temp-folder.ts";

let alice: Identity;
let bob: Identity;
const now = new Date("2026-01-02T03:04:05Z");

beforeAll(async () => {
  [alice, bob] = await Promise.all([generateIdentity("x25519"), generateIdentity("x25519")]);
});

async function recipientsFound(lookup: KeyLookup): Promise<string[]> {
  return (await searchIdentities(lookup, [])).identities.map(({ recipient }) => recipient);
}

describe("a project's own keys", () => {
  const project = { name: "@team/shop", environments: ["staging", "production"] };

  test("have one private file for each environment, written and found again", async () => {
    const folder = tempFolder();
    const lookup = keyLookup({ variables: { HOME: folder }, folder }, project);
    const path = join(folder, ".config", ownKeyFile(project.name, "production"));
    expect(path).toBe(join(folder, ".config/tidegate/keys/%40team%2Fshop/production.txt"));
    expect(await addToKeyFile(path, alice, now)).toEqual({ ok: true });
    expect(await addToKeyFile(path, bob, now)).toEqual({ ok: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readFileSync(path, "utf8")).toContain(`# public key: ${alice.recipient}\n${alice.reveal()}\n# created`);
    expect(await recipientsFound(lookup)).toEqual([alice.recipient, bob.recipient]);
  });

  test("are refused when others can read them, with the command that mends it", async () => {
    const folder = tempFolder();
    const lookup = keyLookup({ variables: { HOME: folder }, folder }, project);
    const path = join(folder, ".config", ownKeyFile(project.name, "staging"));
    await addToKeyFile(path, alice, now);
    chmodSync(path, 0o640);
    const found = fromSops(await findIdentities(lookup, []));
    expect(!found.ok && found.failures[1]).toMatchObject({
      code: "secrets-no-key",
      hint: expect.stringContaining(`chmod 600 ${path}`),
    });
    chmodSync(path, 0o600);
    expect(await recipientsFound(lookup)).toEqual([alice.recipient]);
  });

  test("of a hostile name stay in the folder of keys", () => {
    const keys = "/h/.config/tidegate/keys";
    for (const name of ["..", "../../etc", "/etc/passwd", ".", "a/../../b", "\ud800", "a\0b", ""]) {
      const path = join("/h/.config", ownKeyFile(name, name));
      expect(path.startsWith(`${keys}/`)).toBe(true);
      expect(path).not.toContain("\0");
    }
  });

  test("a file that cannot be written is told", async () => {
    const folder = tempFolder({ file: "" });
    writeFileSync(join(folder, "file"), "");
    await expect(addToKeyFile(join(folder, "file", "keys.txt"), alice, now)).rejects.toThrow(/ENOTDIR|EEXIST/);
  });
});
