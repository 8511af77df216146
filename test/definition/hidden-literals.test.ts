import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hiddenIn, withoutHidden } from "../../src/definition/load/hidden-literals.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { DefinitionRig } from "./rig.ts";

let rig: DefinitionRig;
beforeAll(() => {
  rig = new DefinitionRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const head = `import { defineProject, differs, local, rolling, secret, shared, task } from "tidegate";
import { z } from "zod";
`;
const value = "hunter2-hunter2";

const inConfig = (config: string) =>
  `${head}export default defineProject({ name: "x", pipeline: {}, config: {\n  ${config},\n} } as any);`;

describe("a secret's value that stands in the definition is in no frame and no hint", () => {
  test.each([
    ["in place of the schema", `KEY: secret("${value}" as any)`],
    ["in place of the schema, as a template", `KEY: secret(\`${value}\` as any)`],
    ["as a number", "PIN: secret(4711471147 as any)"],
    ["in place of the schema of a shared one", `KEY: secret(shared("${value}" as any, "one for all"))`],
    ["under a name that says so", `DB_PASSWORD: "${value}"`],
    ["under any name, when it looks like one", `A: differs("postgres://u:${value}@h/d" as any, "why")`],
    ["in a value that is no schema", `A: { password: "${value}" }`],
  ])("%s", async (_, config) => {
    const failures = await rig.diagnose(inConfig(config));
    expect(failures.length).toBeGreaterThan(0);
    expect(JSON.stringify(failures)).not.toMatch(/hunter2|4711471147/);
    expect(JSON.stringify(failures)).toContain("•••");
  });

  test("and the hint says where it belongs", async () => {
    const [failure] = await rig.diagnose(inConfig(`KEY: secret("${value}" as any)`));
    expect(failure).toMatchObject({
      message: "Config key KEY has no schema",
      location: { source: `  KEY: secret("${"•".repeat(value.length)}" as any),`, column: 15 },
      hint: expect.stringMatching(/^Write `secret\(z\.string\(\)\)`; .*`tidegate secrets set KEY`/),
    });
  });

  test("a value that is no secret is still advised as the default", async () => {
    const [failure] = await rig.diagnose(inConfig('LEVEL: "info"'));
    expect(failure?.hint).toContain('z.string().default("info")');
  });

  test("nor where the file cannot be read as a module", async () => {
    const failures = await rig.diagnose(`${head}const a = { KEY: secret("${value}) };`);
    expect(failures[0]).toMatchObject({ code: "definition-syntax", location: { line: 3 } });
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });

  test("nor in what the definition itself throws", async () => {
    const failures = await rig.diagnose(`${head}const apiKey = "${value}";\nthrow new Error(\`bad: \${apiKey}\`);`);
    expect(failures[0]?.message).toBe("The definition threw Error: bad: …");
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });
});

/** The definition with what must not be shown covered. */
function covered(text: string, others: Record<string, string> = {}): string {
  const folder = tempFolder({ "tidegate.config.ts": text, ...others });
  const { spans } = hiddenIn(`${folder}/tidegate.config.ts`, text);
  return spans.reduce(
    (shown, { start, end }) => shown.slice(0, start) + "•".repeat(end - start) + shown.slice(end),
    text,
  );
}

describe("what is covered", () => {
  test("is what an environment gives to a key that is declared secret, here or in a module", () => {
    const here = `${head}defineProject({ config: { LICENCE: secret(z.string()) }, environments: { a: { config: { LICENCE: { id: "abc" } } } } });`;
    expect(covered(here)).toContain('LICENCE: { id: "•••" }');
    const config = `${head}export const config = { LICENCE: secret(z.string()) };`;
    const uses = `import { config } from "./config.ts";\nconst e = { config: { LICENCE: "abc", OTHER: "abc" } };`;
    expect(covered(uses, { "config.ts": config })).toContain('LICENCE: "•••", OTHER: "abc"');
  });

  test("are defaults of secrets, constants used as one, and secrets under another name of the builder", () => {
    const text = `import { secret as hidden } from "tidegate";\nconst common = "abc";\nconst c = { A: hidden(z.string().default("abc")), B: hidden(common), N: hidden(z.string().min(32).default(99)) };`;
    expect(covered(text)).toContain('const common = "•••";');
    expect(covered(text)).toContain('A: hidden(z.string().default("•••"))');
    expect(covered(text)).toContain("N: hidden(z.string().min(32).default(••))");
  });

  test("is not why a secret is shared, nor where it comes from, nor a key that is none", () => {
    const text = `${head}const c = { A: secret(shared(z.string(), "one for all"), { from: command(["op", "read"]) }), PUBLIC_KEY: "abc", path: "secrets/x.yaml" };`;
    expect(covered(text)).toBe(text);
  });

  test("also leaves the compiler's messages, whole or cut off", () => {
    const folder = tempFolder({ "tidegate.config.ts": `${head}const c = { A: secret("${value}") };` });
    const file = `${folder}/tidegate.config.ts`;
    expect(withoutHidden(file, `Argument of type '"${value}"' is not assignable`)).toBe(
      `Argument of type '"…"' is not assignable`,
    );
    expect(withoutHidden(file, `Type '{ A: "hunter2-hu..." }' and "staging"`)).toBe(`Type '{ A: "…" }' and "staging"`);
  });
});
