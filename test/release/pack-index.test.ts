import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { PackIndex } from "../../src/release/pack-index.ts";
import { CacheKey } from "../../src/secrets/cache-key.ts";
import { LeakScanner } from "../../src/secrets/scan/leak-scanner.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { codes, diskStore, pack, plant, temporaryFolder, value } from "./support.ts";

const secret = (text: string) => ({ environment: "production", key: "KEY", secret: new Secret(text) });
const scannerOf = (...texts: readonly string[]) => new LeakScanner(texts.map(secret));

/** A project whose files were left alone for long, and packs of it that know of each other. */
function packs() {
  const folder = plant(temporaryFolder(), { "dist/a.js": "a", "dist/b.js": "the b that nobody is to know" });
  const blobs = diskStore();
  const put = vi.spyOn(blobs, "putFile");
  const key = new CacheKey(randomBytes(32));
  const path = join(temporaryFolder(), "packed");
  return {
    folder,
    blobs,
    path,
    /** Which files were read for it. */
    async pack(scanner = scannerOf()) {
      put.mockClear();
      // What was written within the last tick of the clock is not trusted.
      const now = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
      const index = new PackIndex(path, key, scanner);
      const packed = await pack(folder, ["dist/"], { blobs, index, leaks: { scanner, unchecked: [] } });
      now.mockRestore();
      return { packed, read: put.mock.calls.map(([file]) => file.slice(folder.length + 1)) };
    },
  };
}

describe("a file that has not changed since it was packed", () => {
  test("is not read again, and the release is the same", async () => {
    const rig = packs();
    const first = await rig.pack();
    expect(first.read).toEqual(["dist/a.js", "dist/b.js"]);
    const second = await rig.pack();
    expect(second.read).toEqual([]);
    expect(value(second.packed).digest).toBe(value(first.packed).digest);
    writeFileSync(join(rig.folder, "dist/a.js"), "A");
    expect((await rig.pack()).read).toEqual(["dist/a.js"]);
  });

  test("is read when its content is no longer stored", async () => {
    const rig = packs();
    value((await rig.pack()).packed);
    const { digest } = value((await rig.pack()).packed);
    value(await rig.blobs.release(`release-${digest.slice("sha256:".length)}`));
    value(await rig.blobs.collect(async () => ({ ok: true, value: new Set() })));
    expect((await rig.pack()).read).toEqual(["dist/a.js", "dist/b.js"]);
  });

  test("is read when somebody else wrote what is known of it", async () => {
    const rig = packs();
    value((await rig.pack()).packed);
    writeFileSync(rig.path, readFileSync(rig.path, "utf8").replace("dist/a.js", "dist/c.js"));
    expect((await rig.pack()).read).toEqual(["dist/a.js", "dist/b.js"]);
  });
});

describe("promise 8: a file that was searched before", () => {
  test("is searched for a secret that has come since", async () => {
    const rig = packs();
    value((await rig.pack(scannerOf("another secret that is in no file"))).packed);
    const { packed } = await rig.pack(scannerOf("the b that nobody is to know"));
    expect(codes(packed)).toEqual(["secret-leaked"]);
  });

  test("is taken to have none of the same secrets as long as it has not changed", async () => {
    const rig = packs();
    const scanner = scannerOf("another secret that is in no file");
    const search = vi.spyOn(scanner, "read");
    value((await rig.pack(scanner)).packed);
    const first = search.mock.calls.length;
    value((await rig.pack(scanner)).packed);
    // Names, and what the manifest says, are searched each time.
    expect(search.mock.calls.length - first).toBe(first - 2);
    writeFileSync(join(rig.folder, "dist/a.js"), "another secret that is in no file");
    expect(codes((await rig.pack(scanner)).packed)).toEqual(["secret-leaked"]);
  });
});
