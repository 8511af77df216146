import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { linesOf } from "../support/events.ts";
import { green, StaleProject } from "./support.ts";

/** What must be in the key, and what must not. Numbers are those of the list of known failures. */
describe("promise 1: 1: a variable that changes the output", () => {
  const tasks = `const bundle = task({ run: 'echo "api=$API_URL" > bundle.txt', inputs: [], outputs: ["bundle.txt"], env: ["API_URL"] });`;

  it("is in the key: the staging build is not shipped to production", async () => {
    const project = new StaleProject(tasks);
    await project.run([], { API_URL: "https://staging" });
    expect(await project.run([], { API_URL: "https://production" })).toMatchObject(green({ bundle: "ran" }));
    expect(project.read("bundle.txt")).toBe("api=https://production\n");
    expect(await project.run()).toMatchObject(green({ bundle: "ran" }));
    expect(project.read("bundle.txt")).toBe("api=\n");
  });

  it("is not seen at all when nobody declared it", async () => {
    const project = new StaleProject(tasks.replace(', env: ["API_URL"]', ""));
    await project.run([], { API_URL: "https://staging" });
    expect(project.read("bundle.txt")).toBe("api=\n");
    expect(await project.run([], { API_URL: "https://production" })).toMatchObject(green({ bundle: "hit" }));
  });
});

describe("promise 1: 2: a .env file", () => {
  it("counts when it is declared, also when it comes, changes and goes", async () => {
    const project = new StaleProject(
      `const bundle = task({ run: "cat .env > bundle.txt || echo none > bundle.txt", inputs: [], localInputs: [".env"], outputs: ["bundle.txt"] });`,
      { ".gitignore": ".env\n" },
    );
    execFileSync("git", ["init", "--quiet"], { cwd: project.folder });
    for (const [content, expected] of [
      [undefined, "none\n"],
      ["A=1\n", "A=1\n"],
      ["A=2\n", "A=2\n"],
    ] as const) {
      if (content !== undefined) project.write({ ".env": content });
      expect(await project.run()).toMatchObject(green({ bundle: "ran" }));
      expect(project.read("bundle.txt")).toBe(expected);
      expect(await project.run()).toMatchObject(green({ bundle: "hit" }));
    }
  });

  it("is not there for a staged task that does not declare it", async () => {
    const project = new StaleProject(`const bundle = task({ run: "cat .env", inputs: [], confine: "staged" });`, {
      ".env": "A=1\n",
    });
    expect(await project.run()).toMatchObject({ code: 1, tasks: { bundle: "failed" } });
  });
});

describe("promise 1: 3: a file outside of the package", () => {
  const files = { "packages/web/src.ts": "export {};\n", "tsconfig.base.json": '{ "strict": true }\n' };
  const tasks = `const web = task({ run: "cat packages/web/src.ts tsconfig.base.json", inputs: ["packages/web/**"], confine: "staged" });`;

  it("is not there for a staged task, so that it has to be declared; then it counts", async () => {
    const project = new StaleProject(tasks, files);
    expect(await project.run()).toMatchObject({ code: 1, tasks: { web: "failed" } });
    project.redefine('inputs: ["packages/web/**"', 'inputs: ["packages/web/**", "tsconfig.base.json"');
    expect(await project.run()).toMatchObject(green({ web: "ran" }));
    project.write({ "tsconfig.base.json": '{ "strict": false }\n' });
    expect(await project.run()).toMatchObject(green({ web: "ran" }));
  });

  it("is refused when it is outside of the project, by its path or behind a link", async () => {
    const byPath = new StaleProject(`const web = task({ run: "true", inputs: ["../base.json"] });`);
    expect(await byPath.run()).toMatchObject({ code: 2, codes: ["path-outside-project"] });
    const behindLink = new StaleProject(`const web = task({ run: "true", inputs: ["base.json"] });`);
    execFileSync("ln", ["-s", "/etc/hostname", "base.json"], { cwd: behindLink.folder });
    expect(await behindLink.run()).toMatchObject({ code: 2, codes: ["path-outside-project"] });
  });
});

describe("promise 1: 4: a declared input that git ignores", () => {
  it("is an error: the security scan does not pass on what it was never shown", async () => {
    const scan = "! grep -r public-read infra";
    const project = new StaleProject(`const scan = task({ run: "${scan}", inputs: ["infra/**"] });`, {
      ".gitignore": "infra/\n",
      "infra/bucket.tf": "acl = private\n",
    });
    execFileSync("git", ["init", "--quiet"], { cwd: project.folder });
    const refused = await project.cli(["run"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("error[input-ignored]: Git ignores everything that the input infra/** matches");
    expect(refused.stderr).toMatch(/at tidegate\.config\.ts:3:\d+/);
    project.redefine('inputs: ["infra/**"]', 'inputs: [], localInputs: ["infra/**"]');
    expect(await project.run()).toMatchObject(green({ scan: "ran" }));
    project.write({ "infra/bucket.tf": "acl = public-read\n" });
    expect(await project.run()).toMatchObject({ code: 1, tasks: { scan: "failed" } });
  });
});

describe("promise 1: 6: an input that cannot be had", () => {
  it("is an error, never a constant in the key", async () => {
    const project = new StaleProject(`const t = task({ run: "cat version.txt", inputs: ["version.txt"] });`, {
      "version.txt": "1",
    });
    await project.run();
    renameSync(project.at("version.txt"), project.at("elsewhere.txt"));
    expect(await project.run()).toMatchObject({ code: 2, tasks: {}, codes: ["no-such-input"] });
    mkdirSync(project.at("version.txt"));
    expect(await project.run()).toMatchObject({ code: 2, tasks: {}, codes: ["no-such-input"] });
  });
});

describe("promise 1: 15: variables in another order", () => {
  it("give the same key, from the caller and in the definition", async () => {
    const project = new StaleProject(`const t = task({ run: "true", inputs: [], env: ["B", "A"] });`);
    await project.run([], { A: "1", B: "2" });
    expect(await project.run([], { B: "2", A: "1" })).toMatchObject(green({ t: "hit" }));
    project.redefine('["B", "A"]', '["A", "B"]');
    expect(await project.run([], { A: "1", B: "2" })).toMatchObject(green({ t: "hit" }));
    expect(await project.run([], { A: "2", B: "1" })).toMatchObject(green({ t: "ran" }));
  });
});

describe("promise 1: 16: line ends", () => {
  it("count as the bytes they are, whatever git would make of them", async () => {
    const project = new StaleProject(`const t = task({ run: "cat a.txt", inputs: ["a.txt"] });`, {
      "a.txt": "one\ntwo\n",
      ".gitattributes": "* text=auto eol=lf\n",
    });
    const git = (...args: string[]) => execFileSync("git", args, { cwd: project.folder, stdio: "ignore" });
    git("init");
    git("add", "a.txt");
    await project.run();
    git("config", "core.autocrlf", "true");
    expect(await project.run()).toMatchObject(green({ t: "hit" }));
    project.write({ "a.txt": "one\r\ntwo\r\n" });
    expect(await project.run()).toMatchObject(green({ t: "ran" }));
  });
});

describe("promise 1: 17: a result that names the place where it was made", () => {
  const tasks = `const where = task({ run: "pwd", inputs: [] });
const file = task({ run: "pwd > where.txt", inputs: [], outputs: ["where.txt"] });
const plain = task({ run: "echo plain > plain.txt", inputs: [], outputs: ["plain.txt"] });`;

  it("is not shown at another place, while all others are", async () => {
    const project = new StaleProject(tasks);
    await project.run();
    const moved = join(project.folder, "..", "moved");
    cpSync(project.folder, moved, { recursive: true });
    const { code, stdout } = await runCli(["run", "--json"], { cwd: moved });
    expect(code).toBe(0);
    const hits = linesOf(stdout).filter(({ type }) => type === "taskHit");
    expect(hits.map(({ task }) => task)).toEqual(["plain"]);
    expect(execFileSync("cat", ["where.txt"], { cwd: moved, encoding: "utf8" })).toBe(`${moved}\n`);
    expect((await runCli(["logs", "where"], { cwd: moved })).stdout).toContain(moved);
  });
});

describe("promise 1: 18: the task's own definition", () => {
  it("counts, also what its command is put together from", async () => {
    const project = new StaleProject(
      `const flags = "-n";
const t = task({ run: \`echo \${flags} x > out.txt\`, inputs: [], outputs: ["out.txt"] });`,
    );
    await project.run();
    expect(project.read("out.txt")).toBe("x");
    project.redefine('"-n"', '""');
    expect(await project.run()).toMatchObject(green({ t: "ran" }));
    expect(project.read("out.txt")).toBe("x\n");
    project.redefine('outputs: ["out.txt"]', 'outputs: ["out.txt", "more.txt"]');
    expect(await project.run()).toMatchObject({ code: 1, codes: ["task-output-missing"] });
    expect(existsSync(project.at("more.txt"))).toBe(false);
  });
});
