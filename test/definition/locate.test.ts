import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Problem } from "../../src/definition/problem.ts";
import { DefinitionRig, spot } from "./rig.ts";

let rig: DefinitionRig;
beforeAll(() => {
  rig = new DefinitionRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const head = `import { check, defineProject, differs, local, rolling, secret, service, shared, task } from "tidegate";\n`;

/** Where a path of the definition is found. */
async function find(
  definition: string,
  path: Problem["path"],
  at?: Problem["at"],
  others: Record<string, string> = {},
) {
  const folder = rig.folder({ "tidegate.config.ts": definition, ...others });
  const problem: Problem = { code: "invalid-definition", path, message: "x", ...(at && { at }) };
  const { failures } = await rig.ask({ folder, problems: [problem] });
  return failures.map(spot).map((place) => place.replace(`${folder}/`, "").replace("tidegate.config.ts:", ""))[0];
}

const wrap = (body: string) => `${head}export default defineProject({ name: "x", pipeline: {}, ${body} } as any);`;

test("Node's remark on the first look at the source is not shown", async () => {
  const folder = rig.folder({ "tidegate.config.ts": wrap("") });
  const problem: Problem = { code: "invalid-definition", path: ["name"], message: "x" };
  expect(await rig.ask({ folder, problems: [problem] })).toMatchObject({ failures: [{ message: "x" }], warnings: [] });
});

test("a bad definition is told with everything a renderer needs", async () => {
  const failures = await rig.diagnose(`${head}
const build = task({ run: "make", input: ["src/**"] } as any);

export default defineProject({
  name: "shop",
  pipeline: { build },
  environments: {
    staging: { driver: local(), strategy: rolling() },
    production: { driver: local(), strategy: rolling(), after: "stagin" as "staging" },
  },
});
`);
  expect(failures).toEqual([
    {
      code: "invalid-definition",
      message: 'Task "build" has no key "input"',
      location: {
        file: "tidegate.config.ts",
        line: 3,
        column: 35,
        length: 5,
        source: 'const build = task({ run: "make", input: ["src/**"] } as any);',
      },
      hint: 'Did you mean "inputs"?',
    },
    {
      code: "unknown-environment",
      message: 'Environment "production" comes after "stagin", which does not exist',
      location: {
        file: "tidegate.config.ts",
        line: 10,
        column: 64,
        length: 8,
        source: '    production: { driver: local(), strategy: rolling(), after: "stagin" as "staging" },',
      },
      hint: 'Did you mean "staging"?',
    },
  ]);
});

describe("a path is followed", () => {
  test("through plain objects, quoted keys, numbers and lists", async () => {
    const definition = wrap(`environments: { "a-b": { gates: [1, { 7: "seven" }] } }`);
    expect(await find(definition, ["environments", "a-b", "gates", 1, 7])).toMatch(/"seven"$/);
    expect(await find(definition, ["environments", "a-b"], "key")).toMatch(/"a-b"$/);
  });

  test("through constants, shorthand, `as const`, `satisfies` and member access", async () => {
    const definition = `${head}
const parts = { level: { deep: "here" } } as const satisfies object;
const { ...ignored } = parts;
const level = parts.level;
const config = { level };
export default defineProject({ name: "x", pipeline: {}, config } as any);`;
    expect(await find(definition, ["config", "level", "deep"])).toBe('3:32 "here"');
    expect(await find(definition, ["config", "level"], "key")).toBe("6:18 level");
  });

  test("through spreads, of which the last wins", async () => {
    const definition = `${head}
const first = { timeout: "first", only: 1 };
const second = { timeout: "second" };
export default defineProject({ name: "x", pipeline: {}, a: { ...first, ...second }, b: { ...second, timeout: "own" }, l: [0, ...[1, "two"], 3] } as any);`;
    expect(await find(definition, ["a", "timeout"])).toBe('4:27 "second"');
    expect(await find(definition, ["a", "only"])).toBe("3:41 1");
    expect(await find(definition, ["b", "timeout"])).toMatch(/"own"$/);
    expect(await find(definition, ["l", 2])).toMatch(/"two"$/);
    expect(await find(definition, ["l", 3])).toMatch(/ 3$/);
  });

  test("into what builders take, also when they are renamed or in a namespace", async () => {
    const definition = `import * as tide from "tidegate";
import { task as step, differs, secret, shared, check, defineProject } from "tidegate";
const config = { A: differs(1, "why"), B: secret(shared(2, "one")), C: secret(3), D: tide.differs(4, "four") } as any;
const gates = [check("smoke", "node x", { timeout: "1s" })];
export default tide.defineProject({ name: "x", pipeline: { a: step({ run: "make" }) }, config, gates } as any);`;
    expect(await find(definition, ["config", "A", "reason"])).toBe('3:32 "why"');
    expect(await find(definition, ["config", "A", "value"])).toBe("3:29 1");
    expect(await find(definition, ["config", "B", "shared"])).toBe('3:60 "one"');
    expect(await find(definition, ["config", "B", "schema"])).toBe("3:57 •");
    expect(await find(definition, ["config", "C", "schema"])).toBe("3:79 •");
    expect(await find(definition, ["config", "D", "reason"])).toBe('3:102 "four"');
    expect(await find(definition, ["gates", 0, "name"])).toBe('4:22 "smoke"');
    expect(await find(definition, ["gates", 0, "timeout"])).toBe('4:52 "1s"');
    expect(await find(definition, ["pipeline", "a", "run"])).toMatch(/"make"$/);
  });

  test("into resources, what uses them, and what says why", async () => {
    const definition = `import { because, defineProject, differs, external, folder, output, postgres, service, terraform } from "tidegate";
const db = because(postgres({ version: "sixteen" }), "why");
const later = 1;
const cloud = terraform({ dir: "../up" });
const web = service({ run: "x", files: [], uses: { A: output(db, "ulr") }, limits: { memory: "lots" } } as any);
export default defineProject({
  name: "x", pipeline: {}, resources: { db, cloud, files: folder({ backup: { keep: 0 } }) }, services: { web },
  environments: { a: {
    limits: { web: differs({ cpu: -1 }, "traffic", { until: "never" }) },
    resources: { db: differs(external({ url: "a b" }), "theirs") },
  } },
} as any);`;
    const at = async (...path: (string | number)[]) => (await find(definition, path))?.replace(/:\d+/, "");
    expect(await at("resources", "db", "version")).toBe('2 "sixteen"');
    expect(await at("resources", "db", "because")).toBe('2 "why"');
    expect(await at("resources", "cloud", "dir")).toBe('4 "../up"');
    expect(await at("resources", "files", "backup", "keep")).toBe("7 0");
    expect(await at("services", "web", "uses", "A", "name")).toBe('5 "ulr"');
    expect(await at("services", "web", "limits", "memory")).toBe('5 "lots"');
    expect(await at("environments", "a", "limits", "web", "value", "cpu")).toBe("9 -1");
    expect(await at("environments", "a", "limits", "web", "until")).toBe('9 "never"');
    expect(await at("environments", "a", "resources", "db", "value", "url")).toBe('10 "a b"');
  });

  test("through a project that is named, frozen and exported at the end", async () => {
    const definition = `${head}const project = defineProject(Object.freeze({ name: "x", pipeline: {} }));\nexport { project as default };`;
    expect(await find(definition, ["name"])).toBe('2:53 "x"');
  });

  test("into other files, over several hops", async () => {
    const definition = `${head}import web, { common as base, everything } from "./parts/index.ts";
import * as all from "./parts/index.ts";
export default defineProject({ name: "x", pipeline: {}, services: { web }, environments: { a: base, b: all.common, c: everything } } as any);`;
    const others = {
      "parts/index.ts": `export * from "./common.ts";\nexport { default } from "./web.ts";\nexport * as nothing from "./web.ts";`,
      "parts/common.ts": `type T = { é: "日" };\nexport const common: T | object = { driver: "local" }, everything = { driver: 1 };`,
      "parts/web.ts": `import { service } from "tidegate";\nexport default service({ run: "x", files: [] });`,
    };
    expect(await find(definition, ["services", "web", "files"], "value", others)).toBe("parts/web.ts:2:43 []");
    expect(await find(definition, ["environments", "a", "driver"], "value", others)).toBe(
      'parts/common.ts:2:45 "local"',
    );
    expect(await find(definition, ["environments", "b", "driver"], "key", others)).toBe("parts/common.ts:2:37 driver");
    expect(await find(definition, ["environments", "c", "driver"], "value", others)).toBe("parts/common.ts:2:79 1");
  });
});

describe("what is not written out is located at what is around it", () => {
  test("a key that is not there: its object", async () => {
    expect(await find(wrap(`config: { A: 1 }`), ["config", "B", "c"])).toMatch(/\{ A: 1 \}$/);
  });

  test("the result of a helper: its call", async () => {
    const definition = `${head}const make = (x: number) => ({ x });\nexport default defineProject({ name: "x", pipeline: {}, a: make(5) } as any);`;
    expect(await find(definition, ["a", "x"])).toMatch(/make\(5\)$/);
  });

  test("a computed key and an unknown spread: their object", async () => {
    const definition = `${head}const key = "A";\nexport default defineProject({ name: "x", pipeline: {}, a: { [key]: 1 }, b: [...JSON.parse("[1]"), 2] } as any);`;
    expect(await find(definition, ["a", "A"])).toMatch(/\{ \[key\]: 1 \}$/);
    expect(await find(definition, ["b", 1])).toMatch(/\[\.\.\..*, 2\]$/);
  });

  test("a global, a parameter, a package's export: the name", async () => {
    const definition = `${head}import { z } from "zod";\nexport default defineProject({ name: "x", pipeline: {}, a: undefined, b: z.never } as any);`;
    expect(await find(definition, ["a", "b"])).toMatch(/ undefined$/);
    expect(await find(definition, ["b", "c"])).toMatch(/ z\.never$/);
  });

  test("a whole project made by a helper: the file's defineProject", async () => {
    const definition = `${head}\nconst make = () => defineProject({ name: "x", pipeline: {} });\nexport default make();`;
    expect(await find(definition, ["name"])).toBe("4:16 make()");
  });

  test("things that refer to themselves do not hang", async () => {
    const definition = `${head}import { b } from "./b.ts";
const a: any = { get x(): any { return { ...a, ...b } } };
export { b } from "./b.ts";
export default defineProject({ name: "x", pipeline: {}, a: { ...b } } as any);`;
    const others = {
      "b.ts": `export * from "./c.ts";\nexport const b = {};`,
      "c.ts": `export * from "./b.ts";\nexport const d = 1;`,
    };
    expect(await find(definition, ["a", "deep"], "value", others)).toMatch(/\{ \.\.\.b \}$/);
  });
});

test("a value of several lines is underlined to the end of its first", async () => {
  const definition = `${head}export default defineProject({\n  name: "x",\r\n  pipeline: {\r\n    a: 1,\n  } } as any);`;
  expect(await find(definition, ["pipeline"])).toBe("4:13 {");
});

test("what several environments share is told once", async () => {
  const failures = await rig.diagnose(`${head}
const common = { driver: local(), strategy: rolling({ batch: 0 }) };
export default defineProject({
  name: "x",
  pipeline: {},
  environments: { a: common, b: { ...common } },
});`);
  expect(failures.map(spot)).toEqual(["tidegate.config.ts:3:62 0"]);
});

test("failures come in the order of the source, the definition first", async () => {
  const failures = await rig.diagnose(
    `${head}import { web } from "./a.ts";
export default defineProject({
  environments: { Staging: { driver: local(), strategy: rolling() } },
  services: { web },
  pipeline: { "a b": task({ run: "x" }) },
  name: "X",
});`,
    { "a.ts": `import { service } from "tidegate";\nexport const web = service({ run: "", files: [] });` },
  );
  expect(failures.map(spot)).toEqual([
    "tidegate.config.ts:4:19 Staging",
    'tidegate.config.ts:6:15 "a b"',
    'tidegate.config.ts:7:9 "X"',
    'a.ts:2:35 ""',
  ]);
});
