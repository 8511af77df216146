import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ok } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { LeakScanner } from "../../src/secrets/scan/leak-scanner.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { diskStore, pack, plant, project, temporaryFolder } from "./support.ts";

const value = "s3ss10n-k3y-0f-pr0duct10n!";
const secret = { key: "SESSION_KEY", environment: "production", secret: new Secret(value) };
const leaks = { scanner: new LeakScanner([secret]), unchecked: [] };

function bytesIn(folder: string): string {
  if (!existsSync(folder)) return "";
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

describe("promise 8: a release that would contain a secret", () => {
  test.each([
    ["as it is", `const key = "${value}";`, "as it is"],
    ["in base64", `atob("${Buffer.from(value).toString("base64")}")`, "as base64"],
    ["in hexadecimal", Buffer.from(value).toString("hex"), "as hex"],
  ])("%s is refused; it names file, line and key, and nothing is stored", async (_, text, written) => {
    const folder = plant(temporaryFolder(), { "dist/ok.js": "fine", "dist/app.js": `first\n${text}\n` });
    const blobs = diskStore();
    const packed = await pack(folder, ["dist/"], { blobs, leaks });
    expect(packed).toMatchObject({ ok: false, failures: [{ code: "secret-leaked" }] });
    const [failure] = packed.ok ? [] : packed.failures;
    expect(failure?.message).toBe("dist/app.js:2 contains the secret SESSION_KEY of production");
    expect(failure?.cause).toContain(written);
    expect(JSON.stringify(packed)).not.toContain(value);
    expect(bytesIn(blobs.folder)).toBe("");
  });

  test("in the name of a file, in where a link points to, or in the definition is refused", async () => {
    const inName = plant(temporaryFolder(), { [`dist/${value}.txt`]: "x" });
    const inLink = plant(temporaryFolder(), { "dist/a": "x", "dist/link": { link: value } });
    const inDefinition = plant(temporaryFolder(), { "dist/a": "x" });
    const results = [
      await pack(inName, ["dist/"], { leaks }),
      await pack(inLink, ["dist/"], { leaks }),
      await pack(inDefinition, ["dist/"], { leaks, project: project(["dist/"], { run: `node a --key=${value}` }) }),
    ];
    const messages = results.map((result) => (result.ok ? "" : result.failures[0]!.message));
    expect(messages).toEqual([
      "dist/[secret].txt contains the secret SESSION_KEY of production",
      "dist/link contains the secret SESSION_KEY of production",
      "the definition contains the secret SESSION_KEY of production",
    ]);
  });

  test("is refused also when the file gets it between being looked at and being stored", async () => {
    const folder = plant(temporaryFolder(), { "dist/app.js": "clean" });
    const blobs = diskStore();
    const putFile = blobs.putFile.bind(blobs);
    blobs.putFile = (path) => {
      writeFileSync(path, `now ${value}`);
      return putFile(path);
    };
    const packed = await pack(folder, ["dist/"], { blobs, leaks });
    expect(packed).toMatchObject({ ok: false, failures: [{ code: "secret-leaked" }] });
    blobs.read = async () => ok(undefined);
    const lost = await pack(folder, ["dist/"], { blobs, leaks });
    expect(lost).toMatchObject({ ok: false });
  });
});

describe("a release without secrets in it", () => {
  test("tells how much was looked at, and what could not be", async () => {
    const folder = plant(temporaryFolder(), { "dist/a": "12345", "dist/b": "678" });
    const events: Event[] = [];
    const unchecked = [{ environment: "staging", key: "SESSION_KEY", because: "unreadable" }] as const;
    const packed = await pack(folder, ["dist/"], { leaks: { ...leaks, unchecked }, events });
    expect(packed.ok).toBe(true);
    expect(events[0]).toEqual({ type: "releaseScanned", files: 2, bytes: 8, secrets: 1, unchecked });
  });

  test("has the digest that it has without a look", async () => {
    const folder = plant(temporaryFolder(), { "dist/a": "12345" });
    const [with_, without] = [await pack(folder, ["dist/"], { leaks }), await pack(folder, ["dist/"])];
    expect(with_.ok && without.ok && with_.value.digest === without.value.digest).toBe(true);
  });
});
