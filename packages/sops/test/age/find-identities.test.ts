import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inspect } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { tempFolder, writeFiles } from "../../../../test/support/temp-folder.ts";
import { findIdentities, searchIdentities } from "../../src/age/find-identities.ts";
import { generateIdentity, type Identity, withIdentity } from "../../src/age/identity.ts";
import { type KeyLookup, sopsKeyFile, userConfigFolder } from "../../src/age/key-lookup.ts";
import type { SopsFailure } from "../../src/result.ts";

let alice: Identity;
let bob: Identity;
let hybrid: Identity;
const now = new Date("2026-01-02T03:04:05Z");

beforeAll(async () => {
  [alice, bob, hybrid] = await Promise.all([
    generateIdentity("x25519"),
    generateIdentity("x25519"),
    generateIdentity("hybrid"),
  ]);
});

const textOf = (...identities: Identity[]) => identities.map((identity) => `${identity.reveal()}\n`).join("");

function lookupIn(folder: string, variables: KeyLookup["variables"] = {}, more: Partial<KeyLookup> = {}): KeyLookup {
  return { variables: { PATH: process.env.PATH, HOME: folder, ...variables }, platform: "linux", folder, ...more };
}

async function recipientsFound(lookup: KeyLookup, wanted: readonly string[] = []): Promise<string[]> {
  return (await searchIdentities(lookup, wanted)).identities.map(({ recipient }) => recipient);
}

async function refusals(lookup: KeyLookup, wanted: readonly string[] = []): Promise<readonly SopsFailure[]> {
  const found = await findIdentities(lookup, wanted);
  return found.ok ? [] : found.failures;
}

describe("keys are found where SOPS finds them", () => {
  test("in SOPS_AGE_KEY, several separated by spaces or lines, with comments", async () => {
    const variables = { SOPS_AGE_KEY: `# mine\n${alice.reveal()} \t${hybrid.reveal()}\n\n${bob.reveal()}` };
    const expected = [alice, hybrid, bob].map(({ recipient }) => recipient);
    expect(await recipientsFound(lookupIn(tempFolder(), variables))).toEqual(expected);
  });

  test("in SOPS_AGE_KEY_FILE, in the user's config folder, and in both, each once", async () => {
    const folder = tempFolder({
      "keys.txt": `# created: today\r\n${textOf(alice, bob).replaceAll("\n", "\r\n")}`,
      ".config/sops/age/keys.txt": textOf(bob, hybrid),
    });
    const found = await recipientsFound(lookupIn(folder, { SOPS_AGE_KEY_FILE: "keys.txt" }));
    expect(found).toEqual([alice, bob, hybrid].map(({ recipient }) => recipient));
  });

  test("in XDG_CONFIG_HOME on Linux and macOS, and otherwise in each system's own folder", () => {
    const at = (platform: NodeJS.Platform, variables: KeyLookup["variables"]) =>
      userConfigFolder({ platform, variables });
    expect(at("linux", { HOME: "/h" })).toBe("/h/.config");
    expect(at("linux", { HOME: "/h", XDG_CONFIG_HOME: "/x" })).toBe("/x");
    expect(at("linux", { HOME: "/h", XDG_CONFIG_HOME: "x" })).toBeUndefined();
    expect(at("darwin", { HOME: "/h" })).toBe("/h/Library/Application Support");
    expect(at("darwin", { HOME: "/h", XDG_CONFIG_HOME: "/x" })).toBe("/x");
    expect(at("linux", {})).toBeUndefined();
    expect(sopsKeyFile(lookupIn("/h"))).toBe("/h/.config/sops/age/keys.txt");
  });

  test("and nowhere else: none at all says where was looked", async () => {
    const folder = tempFolder();
    const [failure] = await refusals(lookupIn(folder, {}), [alice.recipient]);
    expect(failure).toMatchObject({ code: "no-identity", message: "There is no age key on this machine" });
    expect(failure?.cause).toContain(join(folder, ".config/sops/age/keys.txt"));
    expect(failure?.cause).toContain(alice.recipient);
  });

  test("SSH keys are said not to be supported when there are only those", async () => {
    const folder = tempFolder({ ".ssh/id_ed25519": "-----BEGIN OPENSSH PRIVATE KEY-----\n" });
    const [failure] = await refusals(lookupIn(folder));
    expect(failure?.cause).toContain(`SSH keys are not supported`);
    expect(failure?.hint).toContain("age-keygen");
  });
});

describe("one bad identity fails its source", () => {
  test("with file and line, never with the key, and the other sources count", async () => {
    const key = alice.reveal();
    const bad = `${key.slice(0, -1)}${key.endsWith("X") ? "Y" : "X"}`;
    const folder = tempFolder({ "keys.txt": `# one\n${bob.reveal()}\n${bad}\n` });
    const lookup = lookupIn(folder, { SOPS_AGE_KEY_FILE: "keys.txt", SOPS_AGE_KEY: hybrid.reveal() });
    const search = await searchIdentities(lookup, []);
    expect(search.identities.map(({ recipient }) => recipient)).toEqual([hybrid.recipient]);
    expect(search.problems).toMatchObject([{ location: { file: join(folder, "keys.txt"), line: 3 } }]);
    expect(JSON.stringify(search)).not.toMatch(/AGE-SECRET-KEY-(PQ-)?1/);
  });

  test.each<[string, (key: string) => string]>([
    ["a space before it", (key) => ` ${key}`],
    ["a space behind it", (key) => `${key} `],
    ["two on a line", (key) => `${key} ${key}`],
    ["small letters", (key) => key.toLowerCase()],
    ["a recipient", () => alice.recipient],
    ["a mark at the beginning of the file", (key) => `\ufeff${key}`],
  ])("in a file: %s", async (_, change) => {
    const folder = tempFolder({ "keys.txt": change(alice.reveal()) });
    const failures = await refusals(lookupIn(folder, { SOPS_AGE_KEY_FILE: "keys.txt" }));
    expect(failures[1]).toMatchObject({ code: "keys-unusable", location: { line: 1 } });
    expect(JSON.stringify(failures).toUpperCase()).not.toContain("AGE-SECRET-KEY-1");
  });

  test("a file that is not there, a folder, and an empty name are told", async () => {
    const folder = tempFolder();
    for (const path of ["missing.txt", ".", ""]) {
      const failures = await refusals(lookupIn(folder, { SOPS_AGE_KEY_FILE: path }));
      expect(failures[1]?.message, path).toContain("SOPS_AGE_KEY_FILE");
    }
  });

  test("what is no list of identities is told once, as what it is", async () => {
    for (const [text, word] of [
      ["age-encryption.org/v1\n", "passphrase"],
      ["-----BEGIN AGE ENCRYPTED FILE-----\n", "passphrase"],
      ["-----BEGIN OPENSSH PRIVATE KEY-----\n", "SSH"],
      ["\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "PEM"],
      ["-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOY\n-----END PGP PRIVATE KEY BLOCK-----\n", "OpenPGP"],
      ['{\n  "type": "service_account",\n  "private_key_id": "1"\n}\n', "cloud provider"],
      [`\ufeffA\0G\0E\0\n\0-\0`, "UTF-8"],
      [`${alice.recipient}\n`, "public half"],
      [`\ufeff${alice.reveal()}\n`, "byte order mark"],
    ]) {
      const folder = tempFolder({ "keys.txt": text! });
      const failures = await refusals(lookupIn(folder, { SOPS_AGE_KEY_FILE: "keys.txt" }));
      expect(failures[1]?.cause).toContain(word);
      expect(failures).toHaveLength(2);
    }
  });

  test("an identity of a plugin does not: it is told, and the others count", async () => {
    const folder = tempFolder({ "keys.txt": `AGE-PLUGIN-YUBIKEY-1QQQ\n${textOf(bob)}` });
    const search = await searchIdentities(lookupIn(folder, { SOPS_AGE_KEY_FILE: "keys.txt" }), []);
    expect(search.identities).toHaveLength(1);
    expect(search.problems).toMatchObject([{ cause: expect.stringContaining("plugin") }]);
  });
});

describe("SOPS_AGE_KEY_CMD", () => {
  const script =
    'const keys = JSON.parse(process.env.KEYS); console.log(keys[process.env.SOPS_AGE_RECIPIENT] ?? "# none")';

  function lookupWith(
    folder: string,
    command: string,
    more: KeyLookup["variables"] = {},
    rest: Partial<KeyLookup> = {},
  ) {
    writeFiles(folder, { "ask it.mjs": script });
    const KEYS = JSON.stringify({ [bob.recipient]: bob.reveal() });
    return lookupIn(folder, { SOPS_AGE_KEY_CMD: command, KEYS, ...more }, rest);
  }

  test("gets each recipient until it has the key of one, and is split into words, not given to a shell", async () => {
    const folder = tempFolder();
    const lookup = lookupWith(folder, `"${process.execPath}" 'ask it.mjs' ; touch made`);
    expect(await recipientsFound(lookup, [alice.recipient, bob.recipient, hybrid.recipient])).toEqual([bob.recipient]);
    expect(() => statSync(join(folder, "made"))).toThrow();
  });

  test("is not asked when another place has a key for the file", async () => {
    const folder = tempFolder();
    const lookup = lookupWith(folder, "/does/not/exist", { SOPS_AGE_KEY: alice.reveal() });
    const search = await searchIdentities(lookup, [alice.recipient]);
    expect(search.problems).toEqual([]);
  });

  test.each<[string, string]>([
    ["is empty", ""],
    ["has an open quote", "'a"],
    ["does not exist", "/does/not/exist"],
    ["fails", "false"],
  ])("that %s is told", async (_, command) => {
    const failures = await refusals(lookupWith(tempFolder(), command), [bob.recipient]);
    expect(failures[1]?.message).toContain("SOPS_AGE_KEY_CMD");
  });

  test("that takes too long is ended", async () => {
    const command = `"${process.execPath}" -e "setInterval(() => {}, 1000)"`;
    const lookup = lookupWith(tempFolder(), command, {}, { commandLimitMs: 100 });
    expect((await refusals(lookup, [bob.recipient]))[1]?.cause).toContain("took longer");
  });

  test("that prints without end is ended, and what it printed is not shown", async () => {
    const command = "yes AGE-SECRET-KEY-1X";
    const failures = await refusals(lookupWith(tempFolder(), command), [bob.recipient]);
    expect(failures[1]?.cause).toContain("1 MiB");
    expect(JSON.stringify(failures)).not.toContain("AGE-SECRET-KEY-1X");
  });

  test("that prints something else than keys is told by line, without it", async () => {
    const lookup = lookupWith(tempFolder(), "echo hunter2hunter2");
    const failures = await refusals(lookup, [bob.recipient]);
    expect(failures[1]?.message).toContain("SOPS_AGE_KEY_CMD, line 1");
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });
});

describe("further files in the user's config folder", () => {
  const configFiles = ["team/staging.txt", "team/production.txt"];

  test("count, too, and may hold several keys, in the form of age-keygen", async () => {
    const text = withIdentity(withIdentity("", alice, now), bob, now);
    expect(text).toContain(`# public key: ${alice.recipient}\n${alice.reveal()}\n# created: 2026-01-02T03:04:05Z\n`);
    const folder = tempFolder();
    const path = writePrivate(folder, text);
    expect(await recipientsFound(lookupIn(folder, {}, { configFiles }))).toEqual([alice.recipient, bob.recipient]);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("are refused when others can read them, with the command that mends it", async () => {
    const folder = tempFolder();
    const path = writePrivate(folder, textOf(alice));
    const lookup = lookupIn(folder, {}, { configFiles });
    chmodSync(path, 0o640);
    expect((await refusals(lookup))[1]).toMatchObject({
      code: "keys-exposed",
      hint: expect.stringContaining(`chmod 600 ${path}`),
    });
    chmodSync(path, 0o600);
    expect(await recipientsFound(lookup)).toEqual([alice.recipient]);
  });

  function writePrivate(folder: string, text: string): string {
    const path = join(folder, ".config/team/production.txt");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }
});

test("an identity that is printed, joined, serialised or inspected does not show its key", () => {
  const shown = [String(alice), `${alice}`, JSON.stringify(alice), inspect(alice), inspect({ alice }, { depth: 9 })];
  expect(shown.join()).not.toContain("AGE-SECRET-KEY");
});
