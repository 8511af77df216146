import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeRange, saidNode } from "../../src/launcher/said-node.ts";
import { satisfies } from "../../src/launcher/version-range.ts";
import { tempFolder } from "../support/temp-folder.ts";

const inRepository = (files: Readonly<Record<string, string>>) => tempFolder({ ".git/HEAD": "", ...files });

test.each([
  [{ ".nvmrc": "20\n" }, { range: "20", text: "20", from: ".nvmrc" }],
  [{ ".nvmrc": "# ours\n\nv20.11.1 # pinned\n" }, { range: "v20.11.1", text: "v20.11.1", from: ".nvmrc" }],
  [{ ".nvmrc": "lts/iron" }, { range: "20", text: "lts/iron", from: ".nvmrc" }],
  [{ ".nvmrc": "lts/Jod" }, { range: "22", text: "lts/Jod", from: ".nvmrc" }],
  [{ ".node-version": "node-v22.1.0\n" }, { range: "v22.1.0", text: "node-v22.1.0", from: ".node-version" }],
  [{ ".tool-versions": "ruby 3.3\nnodejs 20.1.0 # x\n" }, { range: "20.1.0", text: "20.1.0", from: ".tool-versions" }],
  [
    { "package.json": `{ "engines": { "node": ">=18 <23" } }` },
    { range: ">=18 <23", text: ">=18 <23", from: "package.json (engines)" },
  ],
  [
    { "package.json": `{ "engines": { "node": ">=18" }, "volta": { "node": "20.3.0" } }` },
    { range: "20.3.0", text: "20.3.0", from: "package.json (volta)" },
  ],
  [
    { ".nvmrc": "22", "package.json": `{ "engines": { "node": ">=18" } }` },
    { range: "22", text: "22", from: ".nvmrc" },
  ],
])("a project that has %j says it", (files, said) => {
  expect(saidNode(inRepository(files))).toEqual(said);
});

test.each([
  [{}],
  [{ ".nvmrc": "" }],
  [{ ".nvmrc": "node\n" }],
  [{ "package.json": "{ broken" }],
  [{ "package.json": `{ "engines": { "node": 7 } }` }],
  [{ "package.json": `{ "engines": { "node": "*" } }` }],
  [{ ".tool-versions": "python 3.12\n" }],
])("a project that has %j takes whichever there is", (files) => {
  expect(saidNode(inRepository(files))).toBeUndefined();
});

test("lts/* is any line that has long-term support", () => {
  const range = nodeRange(inRepository({ ".nvmrc": "lts/*" })) ?? "";
  expect(["18.1.0", "20.1.0", "24.0.0", "26.3.0"].filter((version) => !satisfies(version, range))).toEqual([]);
  expect(["21.1.0", "23.0.0"].filter((version) => satisfies(version, range))).toEqual([]);
});

test("what is no version is told, not guessed", () => {
  const folder = inRepository({ ".nvmrc": "lts/unheard-of\n" });
  expect(saidNode(folder)).toEqual({ unclear: "lts/unheard-of", from: ".nvmrc" });
  expect(nodeRange(folder)).toBeUndefined();
});

test("files above hold for a project inside of a repository, those above the repository do not", () => {
  const folder = tempFolder({ ".nvmrc": "16", "repository/.git/HEAD": "", "repository/apps/web/x": "" });
  expect(saidNode(join(folder, "repository/apps/web"))).toBeUndefined();
  const other = inRepository({ ".nvmrc": "20", "apps/web/package.json": `{ "engines": { "node": ">=18" } }` });
  expect(nodeRange(join(other, "apps/web"))).toBe("20");
});
