import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyTree } from "../../src/resources/folder/copy-tree.ts";
import { folderProvider } from "../../src/resources/folder/folder-provider.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { describeProvider } from "./conformance.ts";

const spec = { resource: "folder", name: "files", backup: { keep: 5, maxAgeMs: 0 } } as const;

describeProvider("folder", () => ({
  provider: folderProvider(),
  spec,
  put: async (outputs, text) => writeFileSync(join(String(outputs.path), "text"), text),
  get: async (outputs) => {
    const file = join(String(outputs.path), "text");
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  },
  alter: async (_, outputs) => chmodSync(String(outputs.path), 0o755),
  left: (host) => readdirSync(host.folder),
}));

test("a folder that vanishes while it is copied is not in the copy, nor is what was in it", async () => {
  const from = tempFolder({ "a/one": "1", "a/two": "2", b: "3" }, "data");
  const to = join(tempFolder({}, "copy"), "data");
  let looks = 0;
  const signal = Object.assign(new AbortController().signal, {
    // Called before each entry: the first file of the folder has been copied then.
    throwIfAborted: () => {
      looks += 1;
      if (looks === 3) rmSync(join(from, "a"), { recursive: true });
    },
  });
  const entries = await copyTree(from, to, { inUse: false, signal });
  expect(entries.map(({ path }) => path)).toEqual(["b"]);
  expect(readdirSync(to)).toEqual(["b"]);
});
