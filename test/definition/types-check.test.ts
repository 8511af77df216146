import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Failure } from "../../src/errors/failure.ts";
import { DefinitionRig, spot } from "./rig.ts";

let rig: DefinitionRig;
beforeAll(() => {
  rig = new DefinitionRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const head = `import { defineProject, differs, local, rolling, task } from "tidegate";\nimport { z } from "zod";\n`;

async function check(files: Record<string, string>, installTypeScript = true) {
  const folder = rig.folder({ "node_modules/.keep": "", ...files });
  const typescript = join(import.meta.dirname, "../../node_modules/typescript");
  if (installTypeScript) symlinkSync(typescript, join(folder, "node_modules/typescript"));
  const { types, failures } = await rig.ask({ folder, types: true });
  expect(failures.filter(({ code }) => code !== "invalid-definition")).toEqual([]);
  return { types: types as { ok: boolean; value?: unknown; failures: Failure[] }, folder };
}

test("a definition without type errors is checked, though neither tidegate nor zod is installed", async () => {
  const definition = `${head}
export default defineProject({
  name: "x",
  pipeline: { build: task({ run: "make" }) },
  config: { A: differs(z.string(), "x") },
  environments: { staging: { driver: local(), strategy: rolling(), config: { A: "a" } } },
});`;
  expect((await check({ "tidegate.config.ts": definition })).types).toEqual({ ok: true, value: "checked" });
});

test("type errors are located, in the definition and in the files it imports", async () => {
  const { types, folder } = await check({
    "package.json": `{ "type": "commonjs" }`,
    "tidegate.config.ts": `${head}import { build } from "./build.ts";
export default defineProject({
  name: "x",
  pipeline: { build },
  config: { LEVEL: differs(z.enum(["low", "high"]), "x") },
  environments: { staging: { driver: local(), strategy: rolling(), config: { LEVEL: "loud" } } },
});`,
    "build.ts": `import { task } from "tidegate";\nexport const build = task({ run: "make", input: [] });`,
  });
  expect(types.failures.map(({ code }) => code)).toEqual(["definition-types", "definition-types"]);
  const places = types.failures.map((failure) => spot(failure).replace(`${folder}/`, ""));
  expect(places.sort()).toEqual(["build.ts:2:42 input", "tidegate.config.ts:8:78 LEVEL"]);
  expect(types.failures.map(({ message }) => message).sort()).toEqual(
    [
      `Object literal may only specify known properties, but 'input' does not exist in type 'TaskOptions'. Did you mean to write 'inputs'? (TS2561)`,
      `Type '"loud"' is not assignable to type '"high" | "low"' (TS2322)`,
    ].map((message) => expect.stringContaining(message.slice(0, 30))),
  );
});

test("a project without TypeScript is not checked, and says so", async () => {
  const { types } = await check(
    {
      "tidegate.config.ts": `${head}export default defineProject({ name: "x", pipeline: {} });`,
      "package.json": "{}",
    },
    false,
  );
  expect(types).toEqual({
    ok: true,
    value: { skipped: "TypeScript is not installed in the project: npm i -D typescript" },
  });
});

test("a project that is not for Node is not told to install a package for the check of types", async () => {
  const { types } = await check(
    { "tidegate.config.ts": `${head}export default defineProject({ name: "x", pipeline: {} });` },
    false,
  );
  expect(types).toEqual({ ok: true, value: { skipped: "no TypeScript here" } });
});

test("a TypeScript that is too old, or does not start, is no failure", async () => {
  const definition = { "tidegate.config.ts": `${head}export default defineProject({ name: "x", pipeline: {} });` };
  const old = { "node_modules/typescript/package.json": `{ "version": "5.3.3", "bin": { "tsc": "./tsc.js" } }` };
  expect((await check({ ...definition, ...old }, false)).types.value).toMatchObject({
    skipped: expect.stringMatching(/TypeScript 5\.3\.3 is too old/),
  });
  const broken = {
    ...old,
    "node_modules/typescript/package.json": `{ "version": "7.0.0", "bin": { "tsc": "./tsc.js" } }`,
  };
  expect((await check({ ...definition, ...broken }, false)).types.value).toMatchObject({
    skipped: expect.stringMatching(/could not start/),
  });
});

test("a JavaScript definition is checked when it asks for it", async () => {
  const body = `import { defineProject } from "tidegate";\nexport default defineProject({ name: "x", pipeline: {}, pipelines: 1 });`;
  expect((await check({ "tidegate.config.js": body })).types.value).toMatchObject({
    skipped: expect.stringMatching(/JavaScript/),
  });
  const { types } = await check({ "tidegate.config.js": `// @ts-check\n${body}` });
  expect(types.failures).toMatchObject([{ code: "definition-types", location: { line: 3, column: 57, length: 9 } }]);
});
