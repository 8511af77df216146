import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const check = async (
  definition: string,
  files: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
) => {
  const cwd = tempFolder({ "tidegate.config.ts": definition, ...files });
  return runCli(["check", ...args], { cwd });
};

const good = `import { defineProject, differs, local, rolling, secret, service, task } from "tidegate";
import { z } from "zod";

const build = task({ run: "make", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.js", files: ["dist/"] });

export default defineProject({
  name: "shop",
  pipeline: { build },
  services: { web },
  config: { LOG_LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty"), KEY: secret(z.string().min(8)) },
  environments: {
    staging: { driver: local({ url: "http://staging.localhost:28411" }), strategy: rolling(), config: { LOG_LEVEL: "debug" } },
  },
});
`;
const sources = { "src/a.c": "" };

describe("check", () => {
  it("says what it checked, and what it did not", async () => {
    expect(await check(good, sources, ["--without-secrets"])).toEqual({
      code: 0,
      stdout: `✔ shop: 1 task, 1 service, 1 environment, no problems
! not checked: types, no TypeScript here
! not checked: secrets, as asked
`,
      stderr: "",
    });
    const json = await check(good, sources, ["--without-secrets", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ type: "checked", project: "shop", tasks: 1, skipped: [{}, {}] });
  });

  it("looks for the secrets, and never shows one", async () => {
    const cwd = tempFolder({ "tidegate.config.ts": good, ...sources });
    const missing = await runCli(["check"], { cwd });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/^error\[secret-missing\]: [\s\S]*STAGING_KEY/);
    const short = await runCli(["check"], { cwd, env: { STAGING_KEY: "hunter2" } });
    expect(short.code).toBe(2);
    expect(short.stderr).toMatch(/^error\[secret-invalid\]/);
    expect(short.stderr).not.toContain("hunter2");
    expect((await runCli(["check"], { cwd, env: { STAGING_KEY: "long enough" } })).code).toBe(0);
  });

  it("promise 5: shows every problem at its place, with the line and how to mend it", async () => {
    const bad = good
      .replace('LOG_LEVEL: "debug"', 'LOG_LEVEL: "loud"')
      .replace('inputs: ["src/**"]', 'inputs: ["scr/**"]');
    const { code, stdout, stderr } = await check(bad, sources, ["--without-secrets"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^error\[no-such-input\]: .+\n {2}at tidegate\.config\.ts:4:\d+\n {4}\|\n {2}4 \| .*const build = .+\n {4}\| +~{8}\n/,
    );
    expect(stderr).toMatch(/\n\nerror\[config-invalid\]: .+\n {2}at tidegate\.config\.ts:13:\d+\n/);
    expect(stderr).toMatch(/\n\n✘ 2 problems\n$/);
  });

  it("compiles the definition with the project's TypeScript, and tells a mistake once", async () => {
    const cwd = tempFolder({
      "tidegate.config.ts": good
        .replace('inputs: ["src/**"]', 'inputs: ["src/**"], timeout: "5 minutes"')
        .replace("8)", '"8")'),
      ...sources,
      "node_modules/.keep": "",
    });
    symlinkSync(join(import.meta.dirname, "../../node_modules/typescript"), join(cwd, "node_modules/typescript"));
    const { code, stderr } = await runCli(["check", "--without-secrets"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/error\[invalid-definition\]: [\s\S]*at tidegate\.config\.ts:4:\d+/);
    expect(stderr).toMatch(/error\[definition-types\]: [\s\S]*at tidegate\.config\.ts:11:\d+\n[\s\S]*\| +~+\n/);
    expect(stderr).toMatch(/✘ 2 problems\n$/);
  });

  it.each([
    ["a syntax error", `export default defineProject({ name: "x", ;`, "definition-syntax"],
    ["an error while it loads", `throw new Error("not today");`, "definition-throws"],
    ["an import of nothing", `import "./no-such-file.ts"; export default 1;`, "definition-import"],
    ["another export", "export default { name: 'x' };", "definition-export"],
    [
      "an unknown key",
      `import { defineProject } from "tidegate"; export default defineProject({ name: "x", pipelin: {}, pipeline: {} });`,
      "invalid-definition",
    ],
  ])("tells of %s", async (_, definition, failure) => {
    const { code, stdout, stderr } = await check(definition);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^error\\[${failure}\\]: .+\n`));
    expect(stderr).toMatch(/\n {2}at tidegate\.config\.ts:1:\d+\n[\s\S]*\n {4}\| *~+\n/);
    const json = await check(definition, {}, ["--json"]);
    expect(json).toMatchObject({ code: 2, stderr: "" });
    expect(JSON.parse(json.stdout)).toMatchObject({ type: "failure", code: failure, location: { line: 1 } });
  });

  it("says how to begin where there is no definition", async () => {
    const { code, stderr } = await runCli(["check"], { cwd: tempFolder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error\[no-definition\]: .+\n {2}hint: Run `tidegate init`/);
  });
});

const two = (config: string, more = "", values = `LOG_LEVEL: "debug"`) =>
  good.replace(/config: \{ LOG_LEVEL.*\n/, `config: { ${config} },\n`).replace(
    /staging: .*\n/,
    `staging: { driver: local(), strategy: rolling(), config: { ${values} } },
    production: { driver: local(), strategy: rolling(), after: "staging", config: { LOG_LEVEL: "info" }, ${more} },\n`,
  );

it("promise 9: a difference that is declared and no longer there, or whose day is over, is a problem with its place", async () => {
  const level = (options = "") => `LOG_LEVEL: differs(z.string(), "staging is chatty"${options})`;
  const run = (definition: string) => check(definition, sources, ["--without-secrets"]);

  const needless = await run(two(level(), "", `LOG_LEVEL: "info"`));
  expect(needless.code).toBe(2);
  expect(needless.stderr).toMatch(/^error\[difference-needless\]: Config key LOG_LEVEL is declared to differ/);
  expect(needless.stderr).toContain("tidegate.config.ts:11");

  const expired = await run(two(level(`, { until: "2001-02-03", owner: "team-web" }`)));
  expect(expired.code).toBe(2);
  expect(expired.stderr).toMatch(/^error\[difference-expired\]: .* until 2001-02-03/);
  expect(expired.stderr).toContain("team-web is responsible for it");

  const replicas = await run(two(level(), `replicas: { web: differs(1, "it carries the traffic") }`));
  expect(replicas.stderr).toMatch(/^error\[difference-needless\]: The number of instances of web/);

  const right = `replicas: { web: differs(2, "it carries the traffic", { until: "2999-01-01" }) }`;
  expect((await run(two(level(), right))).code).toBe(0);
});
