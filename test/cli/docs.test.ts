import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const definition = `import { defineProject, local, rolling, service, task } from "tidegate";
const build = task({ run: "make", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.js", files: ["dist/"] });
export default defineProject({
  name: "shop",
  pipeline: { build },
  services: { web },
  environments: { staging: { driver: local(), strategy: rolling() } },
});
`;

const project = (text = definition) => tempFolder({ "tidegate.config.ts": text, "src/a.c": "" });

describe("docs", () => {
  test("writes the documents, and checks them until the definition says something else", async () => {
    const cwd = project();
    expect(await runCli(["docs", "--out", "docs"], { cwd })).toEqual({
      code: 0,
      stdout: `docs/DevOps_Pipeline_Specifications.md
docs/CICD_Automation_Plan.json
docs/Environment_Management_Strategy.md
docs/Configuration_Management_Plan.json
docs/tidegate.facts.json
`,
      stderr: "",
    });
    expect(await runCli(["docs", "--check", "--out", "docs"], { cwd })).toEqual({
      code: 0,
      stdout: "✔ the documents say what the definition says\n",
      stderr: "",
    });
    writeFileSync(join(cwd, "tidegate.config.ts"), definition.replace('"make"', '"make all"'));
    expect(await runCli(["docs", "--check", "--out", "docs"], { cwd })).toEqual({
      code: 3,
      stdout: "",
      stderr: `error[documents-stale]: The documents no longer say what the definition says
  | tasks.build.run: "make" → "make all"
  hint: Write them again: tidegate docs --out docs
`,
    });
  });

  test("tells what was measured and is out of its band, and fails for that only when it is asked to be strict", async () => {
    const cwd = project(definition.replace('"make"', '"mkdir -p dist && test ! -e src/broken"'));
    await runCli(["run"], { cwd });
    expect((await runCli(["docs"], { cwd })).code).toBe(0);
    writeFileSync(join(cwd, "src/broken"), "");
    for (let run = 2; run <= 5; run += 1) expect((await runCli(["run"], { cwd })).code).toBe(1);
    const told = await runCli(["docs", "--check"], { cwd });
    expect(told.code).toBe(0);
    expect(told.stdout).toContain("! moved: task build: how often it fails was 0 % and is 80 % (measured 5 times)\n");
    const strict = await runCli(["docs", "--check", "--strict"], { cwd });
    expect(strict.code).toBe(3);
    expect(strict.stderr).toContain("how often it fails was 0 % and is 80 %");
  });

  test("refuses options of one call beside another, and names them", async () => {
    const cwd = project();
    for (const args of [
      ["--task", "a.md", "--out", "x"],
      ["--task", "a.md", "--check"],
      ["--check", "--force"],
    ]) {
      const { code, stderr } = await runCli(["docs", ...args], { cwd });
      expect(code, args.join(" ")).toBe(2);
      expect(stderr).toContain(args.at(-1) === "x" ? "--out does not go with --task" : "--check");
    }
  });

  test("tells programs each thing that is otherwise, also where people are shown only the first", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `K${index}: z.string().default("a"),`).join(" ");
    const many = definition
      .replace('from "tidegate";', 'from "tidegate";\nimport { z } from "zod";')
      .replace("services: { web },", `services: { web }, config: { ${keys} },`);
    const cwd = project(many);
    expect((await runCli(["docs"], { cwd })).code).toBe(0);
    writeFileSync(join(cwd, "tidegate.config.ts"), many.replaceAll('default("a")', 'default("b")'));
    const { code, stdout } = await runCli(["docs", "--check", "--json"], { cwd });
    expect(code).toBe(3);
    const { cause, differences } = JSON.parse(stdout);
    expect(cause).toMatch(/^config\.K0\..*\nand \d+ more$/s);
    expect(differences.length).toBeGreaterThanOrEqual(30);
    expect(differences).toContainEqual({ key: "config.K29.default", before: "a", after: "b" });
  });

  test("gives the same bytes in another time zone and language", async () => {
    const cwd = project();
    await runCli(["docs"], { cwd });
    const path = join(cwd, "docs/DevOps_Pipeline_Specifications.md");
    const before = readFileSync(path, "utf8");
    const env = { TZ: "America/Los_Angeles", LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" };
    expect((await runCli(["docs", "--check"], { cwd, env })).code).toBe(0);
    expect((await runCli(["docs"], { cwd, env })).code).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(before);
  });

  test("says where a key that the documents name is written", async () => {
    const cwd = project();
    const found = await runCli(["docs", "--explain", "environments.staging.strategy"], { cwd });
    expect(found).toMatchObject({ code: 0, stderr: "" });
    expect(found.stdout).toMatch(/^tidegate\.config\.ts:8:\d+\n {2}environments: .*rolling\(\)/);
    const unknown = await runCli(["docs", "--explain", "environments.moon"], { cwd });
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/^error\[unknown-statement\]/);
  });

  test("tells by its exit code that nothing is decided yet, and writes the documents all the same", async () => {
    const cwd = project(
      'import { defineProject } from "tidegate";\nexport default defineProject({ name: "bare", pipeline: {} });\n',
    );
    const { code, stdout, stderr } = await runCli(["docs"], { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain("docs/tidegate.facts.json");
    expect(stderr).toMatch(/^error\[documents-undecided\]: The definition has no services and no environments yet/);
  });
});

describe("dora", () => {
  test("says that there is nothing to count, and what it leaves out", async () => {
    const cwd = project();
    const { code, stdout } = await runCli(["dora", "--days", "7"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^staging, 7 days until \d{4}-\d\d-\d\d\n {2}Change lead time +nothing to count\n/);
    expect(stdout).toContain("Left out:\n  – failures that nobody remedied");
  });
});
