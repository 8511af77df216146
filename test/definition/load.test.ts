import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DefinitionRig, spot } from "./rig.ts";

let rig: DefinitionRig;
beforeAll(() => {
  rig = new DefinitionRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const good = `import { defineProject } from "tidegate";\nexport default defineProject({ name: "good", pipeline: {} });\n`;

describe("finding the definition", () => {
  test.each(["ts", "mts", "js", "mjs"])("a tidegate.config.%s is found", async (extension) => {
    const folder = rig.folder({ [`tidegate.config.${extension}`]: good });
    expect(await rig.ask({ folder })).toMatchObject({
      name: "good",
      failures: [],
      file: join(folder, `tidegate.config.${extension}`),
    });
  });

  test("one in .config/ belongs to the folder that .config/ is in; one beside .config/ comes first", async () => {
    const folder = rig.folder({ ".config/tidegate.config.ts": good, "package.json": `{ "type": "commonjs" }` });
    const file = join(folder, ".config/tidegate.config.ts");
    expect(await rig.ask({ folder })).toMatchObject({ name: "good", failures: [], file, folder });
    expect(await rig.ask({ folder: join(folder, ".config") })).toMatchObject({ file, folder });
    const both = rig.folder({ ".config/tidegate.config.ts": "", "tidegate.config.ts": good });
    expect(await rig.ask({ folder: both })).toMatchObject({ name: "good", file: join(both, "tidegate.config.ts") });
  });

  test("it is found from a folder below", async () => {
    const folder = rig.folder({ "tidegate.config.ts": good });
    mkdirSync(join(folder, "a/b"), { recursive: true });
    expect(await rig.ask({ folder: join(folder, "a/b") })).toMatchObject({ name: "good" });
  });

  test("it is not looked for above the repository's root", async () => {
    const folder = rig.folder({ "tidegate.config.ts": good, "inner/.git": "gitdir: elsewhere" });
    const { failures } = await rig.ask({ folder: join(folder, "inner") });
    expect(failures).toEqual([
      {
        code: "no-definition",
        message: `There is no tidegate.config.ts in ${folder}/inner or in any folder above it`,
        hint: "Run `tidegate init` in the project's folder to create one.",
      },
    ]);
  });

  test("a folder with spaces, unicode and URL characters in its name works", async () => {
    const folder = rig.folder({ "möw e#1%20 日/tidegate.config.ts": good });
    expect(await rig.ask({ folder: join(folder, "möw e#1%20 日") })).toMatchObject({ name: "good", failures: [] });
  });

  test("a linked definition belongs to the folder of the link, its imports to where it leads", async () => {
    const definition = `import { name } from "./name.ts";\n${good.replace('"good"', "name")}`;
    const folder = rig.folder({
      "central/tidegate.config.js": definition,
      "central/name.ts": `export const name = "linked";`,
      "package.json": `{ "type": "commonjs" }`,
    });
    mkdirSync(join(folder, "project"));
    symlinkSync("../central/tidegate.config.js", join(folder, "project/tidegate.config.js"));
    expect(await rig.ask({ folder: join(folder, "project") })).toMatchObject({
      name: "linked",
      folder: join(folder, "project"),
      file: join(folder, "central/tidegate.config.js"),
      failures: [],
    });
  });

  test("a folder that does not exist has no definition", async () => {
    const { failures } = await rig.ask({ folder: join(rig.folder({}), "gone") });
    expect(failures).toMatchObject([{ code: "no-definition" }]);
  });
});

describe("what a definition may import", () => {
  test("zod is lent to a project that has not installed it", async () => {
    const definition = `import { z } from "zod";\nimport * as mini from "zod/mini";\n${good}z.string(); mini.string();`;
    expect(await rig.diagnose(definition)).toEqual([]);
  });

  test("the project's own zod comes first", async () => {
    const failures = await rig.diagnose(`import { name } from "zod";\n${good.replace('"good"', "name")}`, {
      "node_modules/zod/package.json": `{ "type": "module", "exports": "./index.js" }`,
      "node_modules/zod/index.js": `export const name = "Not Good";`,
    });
    expect(failures.map(({ message }) => message)).toEqual([
      'The project: name must be lower-case letters, digits and dashes, beginning with a letter, not "Not Good"',
    ]);
  });

  test("`tidegate` is the running one even when the project has installed another", async () => {
    const failures = await rig.diagnose(good, {
      "node_modules/tidegate/package.json": `{ "type": "module", "exports": "./index.js" }`,
      "node_modules/tidegate/index.js": `throw new Error("the wrong one");`,
    });
    expect(failures).toEqual([]);
  });

  test("a package.json that says commonjs does not matter, and Node warns of nothing", async () => {
    const folder = rig.folder({
      "package.json": `{ "type": "commonjs" }`,
      "tidegate.config.ts": `import { name } from "./name.ts";\n${good.replace('"good"', "name")}`,
      "name.ts": `export const name: string = "from-a-file";`,
    });
    expect(await rig.ask({ folder })).toMatchObject({ name: "from-a-file", failures: [], warnings: [] });
  });

  test("Node does not warn of a JavaScript definition whose package.json has no type", async () => {
    const folder = rig.folder({
      "package.json": "{}",
      "tidegate.config.js": `import { name } from "./name.js";\n${good.replace('"good"', "name")}`,
      "name.js": `export const name = "untyped";`,
    });
    expect(await rig.ask({ folder })).toMatchObject({ name: "untyped", warnings: [] });
  });

  test("a warning of the definition's own is not swallowed", async () => {
    const folder = rig.folder({ "tidegate.config.ts": `process.emitWarning("mine");\n${good}` });
    expect(await rig.ask({ folder })).toMatchObject({ warnings: ["mine"] });
  });
});

describe("imports that lead nowhere", () => {
  test("a package that is not installed", async () => {
    const failures = await rig.diagnose(`${good}import { v } from "no-such-package/sub";`);
    expect(failures).toMatchObject([
      {
        code: "definition-import",
        message: 'The package "no-such-package" is not installed',
        hint: "Run `npm i -D no-such-package`.",
      },
    ]);
    expect(failures.map(spot)).toEqual(['tidegate.config.ts:3:19 "no-such-package/sub"']);
  });

  test("a file without its extension", async () => {
    const failures = await rig.diagnose(`import x from "./lib/tasks";\n${good}`, {
      "lib/tasks.ts": "export default 1;",
    });
    expect(failures).toMatchObject([{ code: "definition-import", hint: 'Write "./lib/tasks.ts".' }]);
    expect(failures.map(spot)).toEqual(['tidegate.config.ts:1:15 "./lib/tasks"']);
  });

  test("a mistyped file, in a file that the definition imports", async () => {
    const failures = await rig.diagnose(`import x from "./a.ts";\n${good}`, {
      "a.ts": `export { default } from "./taks.ts";`,
      "tasks.ts": "export default 1;",
    });
    expect(failures).toMatchObject([{ code: "definition-import", hint: 'Write "./tasks.ts".' }]);
    expect(failures.map(spot)).toEqual(['a.ts:1:25 "./taks.ts"']);
  });

  test("a name that Tidegate does not export", async () => {
    const failures = await rig.diagnose(`import { roling as r } from "tidegate";\n${good}`);
    expect(failures).toMatchObject([
      { code: "definition-import", message: '"tidegate" has no export "roling"', hint: 'Did you mean "rolling"?' },
    ]);
    expect(failures.map(spot)).toEqual(["tidegate.config.ts:1:10 roling"]);
  });

  test("a name that a file does not export", async () => {
    const failures = await rig.diagnose(`import {\n  a,\n  b,\n} from "./a.ts";\n${good}`, {
      "a.ts": "export const a = 1;",
    });
    expect(failures).toMatchObject([{ code: "definition-import", message: '"./a.ts" has no export "b"' }]);
    expect(failures.map(spot)).toEqual(["tidegate.config.ts:3:3 b"]);
  });

  test("a default export that a file does not have", async () => {
    const failures = await rig.diagnose(`import a from "./a.ts";\n${good}`, { "a.ts": "export const a = 1;" });
    expect(failures).toMatchObject([{ code: "definition-import", message: '"./a.ts" has no export "default"' }]);
  });

  test("a path that a package does not export", async () => {
    const failures = await rig.diagnose(`import { x } from "zod/no/such";\n${good}`);
    expect(failures).toMatchObject([{ code: "definition-import" }]);
  });
});

describe("syntax", () => {
  test("TypeScript that does not parse", async () => {
    const failures = await rig.diagnose(`const a = 1;\nconst é: string = [1,, 2;\n`);
    expect(failures).toMatchObject([{ code: "definition-syntax" }]);
    expect(failures[0]!.location).toMatchObject({
      file: "tidegate.config.ts",
      line: 2,
      source: "const é: string = [1,, 2;",
    });
  });

  test("the column is right behind tabs", async () => {
    const failures = await rig.diagnose(`export default {\n\t\tname: = "x",\n};\n`);
    expect(failures.map(spot)).toEqual(["tidegate.config.ts:2:9 ="]);
  });

  test("a file that ends too early", async () => {
    const failures = await rig.diagnose(`const a = 1;\nexport default {`);
    expect(failures).toMatchObject([{ code: "definition-syntax", location: { line: 2, column: 17 } }]);
  });

  test("TypeScript that Node cannot leave out", async () => {
    const failures = await rig.diagnose(`const a = 1;\n  enum Level { low }\n${good}`);
    expect(failures).toMatchObject([
      {
        code: "definition-syntax",
        message: "TypeScript enum is not supported in strip-only mode",
        hint: "Only TypeScript that can be erased works here: write a union or an object instead.",
      },
    ]);
    expect(failures.map(spot)).toEqual(["tidegate.config.ts:2:3 enum Level { low }"]);
  });

  test("JavaScript that does not parse, in a file that the definition imports", async () => {
    const failures = await rig.diagnose(`import "./a.js";\n${good}`, {
      "a.js": "export const a = 1;\nconst b = = 2;\n",
    });
    expect(failures).toMatchObject([{ code: "definition-syntax", location: { file: "a.js", line: 2, column: 11 } }]);
  });

  test("a name that is declared twice", async () => {
    const failures = await rig.diagnose(`const a: number = 1;\nconst a = 2;\n${good}`);
    expect(failures).toMatchObject([
      { code: "definition-syntax", message: "Identifier 'a' has already been declared" },
    ]);
    expect(failures[0]!.location).toMatchObject({ line: 2, column: 7 });
  });
});

describe("a definition that throws", () => {
  test("is located where it threw", async () => {
    const failures = await rig.diagnose(`const parts: any = {};\n\n${good}\n  parts.web.port;\n`);
    expect(failures).toMatchObject([
      {
        code: "definition-throws",
        message: "The definition threw TypeError: Cannot read properties of undefined (reading 'port')",
      },
    ]);
    expect(failures[0]!.location).toMatchObject({ file: "tidegate.config.ts", line: 6, column: 13 });
  });

  test("is located in the file it imports, not in the package that the file calls", async () => {
    const failures = await rig.diagnose(`import "./a.ts";\n${good}`, {
      "a.ts": `import { fail } from "thrower";\n\nfail();\n`,
      "node_modules/thrower/package.json": `{ "type": "module", "exports": "./index.js" }`,
      "node_modules/thrower/index.js": `export function fail() { throw new Error("no\\nmore"); }`,
    });
    expect(failures).toMatchObject([
      {
        code: "definition-throws",
        message: "The definition threw Error: no",
        cause: "more",
        location: { file: "a.ts", line: 3, column: 1 },
      },
    ]);
  });

  test.each(["undefined", "null", "'words'", "{ a: 1 }", "Object.create(null)"])("may throw %s", async (thrown) => {
    const failures = await rig.diagnose(`${good}throw ${thrown};`);
    expect(failures).toMatchObject([{ code: "definition-throws", location: { line: 1 } }]);
  });

  test("is told that it is an ES module", async () => {
    const failures = await rig.diagnose(`module.exports = require("tidegate").defineProject({});`);
    expect(failures).toMatchObject([
      {
        code: "definition-throws",
        hint: "The definition is an ES module: use `import`, `export default` and `import.meta.dirname`.",
      },
    ]);
  });

  test("waits for something that never comes", async () => {
    const folder = rig.folder({
      "tidegate.config.ts": `${good}async function f() { await 1; }\nawait new Promise(() => {});`,
    });
    const { failures } = await rig.ask({ folder, timeLimitMs: 50 });
    expect(failures).toMatchObject([
      {
        code: "definition-throws",
        message: "The definition had not finished loading after 0.05 s",
        hint: "A definition only builds data: remove whatever it waits for (a top-level `await`).",
        location: { line: 4, column: 1 },
      },
    ]);
  });

  test("may wait for what comes", async () => {
    expect(await rig.diagnose(`await new Promise(setImmediate);\n${good}`)).toEqual([]);
  });
});

describe("the export", () => {
  test("is missing", async () => {
    const failures = await rig.diagnose(
      `import { defineProject } from "tidegate";\n\ndefineProject({ name: "x", pipeline: {} });`,
    );
    expect(failures).toMatchObject([
      {
        code: "definition-export",
        message: "The definition has no default export",
        hint: "Write `export default defineProject({ … })`.",
        location: { line: 3, column: 1 },
      },
    ]);
  });

  test("is missing altogether in an empty file", async () => {
    expect(await rig.diagnose("")).toMatchObject([{ code: "definition-export", location: { line: 1, column: 1 } }]);
  });

  test.each(["{ name: 'x' }", "() => 1", "null", "[]", "Promise.resolve(1)"])("is %s", async (value) => {
    const failures = await rig.diagnose(`\nexport default ${value};`);
    expect(failures).toMatchObject([
      {
        code: "definition-export",
        message: "The definition's default export is not made by defineProject",
        location: { line: 2, column: 1 },
      },
    ]);
  });
});

test("a good definition is loaded and judged without anything that only problems need", async () => {
  const folder = rig.folder({ "tidegate.config.ts": good });
  const source = (name: string) => JSON.stringify(join(import.meta.dirname, "../../src/definition", name));
  const script = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    const { loadProject } = await import(${source("load/load.ts")});
    const { validateProject } = await import(${source("check/validate.ts")});
    const loaded = await loadProject(${JSON.stringify(folder)});
    await loaded.value.locate(validateProject(loaded.value.project));
    console.log(urls.join("\\n"));`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout).toContain("/check/tasks.ts");
  expect(stdout).not.toMatch(/node_modules|acorn|locate|failure|compile|parse/);
  expect(stderr).toBe("");
});
