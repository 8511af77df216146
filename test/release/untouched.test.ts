import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isUntouched } from "../../src/release/untouched.ts";
import { diskStore, pack, plant, temporaryFolder, value } from "./support.ts";

const app = { "dist/a.js": "a", "dist/link": { link: "a.js" } } as const;

/** A release as 0.1.0 had it: one folder, whose folders services could write to. */
async function unpacked() {
  const blobs = diskStore();
  const { digest } = value(await pack(plant(temporaryFolder(), app), ["dist/"], { blobs }));
  return { blobs, digest, folder: plant(temporaryFolder(), app) };
}

test("a folder with nothing in it but the release may go", async () => {
  const { blobs, digest, folder } = await unpacked();
  expect(await isUntouched(folder, digest, blobs)).toBe(true);
});

test.each<[string, (folder: string) => void]>([
  ["a database beside the code", (folder) => writeFileSync(join(folder, "dist/app.db"), "data")],
  [
    "a folder with a file",
    (folder) => {
      mkdirSync(join(folder, "instance"));
      writeFileSync(join(folder, "instance/app.db"), "data");
    },
  ],
  [
    "a file of the release that has grown",
    (folder) => {
      chmodSync(join(folder, "dist/a.js"), 0o644);
      writeFileSync(join(folder, "dist/a.js"), "a and more");
    },
  ],
])("%s is somebody's, and keeps the folder", async (_, write) => {
  const { blobs, digest, folder } = await unpacked();
  write(folder);
  expect(await isUntouched(folder, digest, blobs)).toBe(false);
});

test("of a release that is not known any more nothing is said to be untouched", async () => {
  const { blobs, folder } = await unpacked();
  expect(await isUntouched(folder, `sha256:${"a".repeat(64)}`, blobs)).toBe(false);
});
