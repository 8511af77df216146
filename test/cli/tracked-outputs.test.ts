import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { takeOver, workspaceWith } from "../app/init/repositories.ts";
import { runCli } from "../support/cli.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

const definition = (more = "", outputs = '"dist/"') => `import { defineProject, task } from "tidegate";

const build = task({
  run: "mkdir -p dist && cp src/a.txt dist/",
  inputs: ["src/**"],
  outputs: [${outputs}],
  ${more}
});

export default defineProject({ name: "tracked", pipeline: { build } });
`;

function commit(cwd: string): void {
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd, stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
}

function project(more?: string, outputs?: string): string {
  const cwd = tempFolder({
    "tidegate.config.ts": definition(more, outputs),
    "src/a.txt": "a",
    "dist/written-by-hand.txt": "precious",
    "dist/notes/b.txt": "precious",
  });
  commit(cwd);
  return cwd;
}

const precious = (cwd: string) => existsSync(join(cwd, "dist/written-by-hand.txt"));

describe("an output in which git tracks files", () => {
  it("is refused before anything in it is removed, with its place", async () => {
    const cwd = project();
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(2);
    expect(precious(cwd)).toBe(true);
    expect(stderr).toContain('The output dist/ of "build" contains files that git tracks: dist/notes/b.txt and 1 more');
    expect(stderr).toMatch(/tidegate\.config\.ts:6:13/);
    expect(stderr).toContain("trackedOutputs: true");
    const forced = await runCli(["run", "--force", "--confine", "staged"], { cwd });
    expect(forced.code).toBe(2);
    expect(precious(cwd)).toBe(true);
  });

  it("is found by check", async () => {
    const cwd = project("", '"dist/*.txt", "other/"');
    const { code, stderr } = await runCli(["check"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'The output dist/*.txt of "build" contains files that git tracks: dist/written-by-hand.txt',
    );
    expect(stderr).not.toContain("The output other/");
  });

  it("is not restored over files that were committed and changed since", async () => {
    const cwd = tempFolder({ "tidegate.config.ts": definition(), "src/a.txt": "a" });
    expect((await runCli(["run"], { cwd })).code).toBe(0);
    commit(cwd);
    // As it was committed nothing has to be touched.
    expect((await runCli(["run", "build"], { cwd })).code).toBe(0);
    writeFiles(cwd, { "dist/a.txt": "changed by hand" });
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("contains files that git tracks: dist/a.txt");
    expect(readFileSync(join(cwd, "dist/a.txt"), "utf8")).toBe("changed by hand");
  });

  it("may be committed when the task says so", async () => {
    const cwd = project("trackedOutputs: true,");
    expect((await runCli(["check"], { cwd })).code).toBe(0);
    expect((await runCli(["run"], { cwd })).code).toBe(0);
    expect(precious(cwd)).toBe(false);
    writeFiles(cwd, { "tidegate.config.ts": definition('trackedOutputs: "yes",') });
    expect((await runCli(["run"], { cwd })).stderr).toContain("must be true or false");
  });

  it("does not matter outside of git", async () => {
    const cwd = tempFolder({ "tidegate.config.ts": definition(), "src/a.txt": "a", "dist/b.txt": "b" });
    expect((await runCli(["run"], { cwd })).code).toBe(0);
  });
});

describe("init in a repository that tracks what tasks write", () => {
  it("declares no such output in a package, and runs that task each time", async () => {
    const cwd = workspaceWith({
      "turbo.json": {
        tasks: { build: { dependsOn: ["^build"], outputs: ["dist/**"] }, test: { dependsOn: ["build"] } },
      },
      "packages/web/dist/by-hand.js": "1;\n",
      ".gitignore": ".tidegate/\npackages/lib/dist/\n",
    });
    commit(cwd);
    const { text, left } = await takeOver(cwd);
    expect(left).toEqual([
      'web: build: outputs: "dist/": git tracks packages/web/dist/by-hand.js, and outputs are removed before each run',
    ]);
    expect(text).toContain("cache: false, // it also writes dist/, where git tracks files");
    expect(text).toContain('outputs: ["dist/"]');
    expect((await runCli(["run"], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, "packages/web/dist/by-hand.js"))).toBe(true);
  });

  it("does the same for a single package", async () => {
    const cwd = tempFolder({
      "package.json": JSON.stringify({ name: "one", scripts: { build: "vite build" } }),
      "dist/by-hand.js": "1;\n",
      "index.html": "",
    });
    commit(cwd);
    const { text, left } = await takeOver(cwd);
    expect(left).toEqual([
      'build: outputs: "dist/": git tracks dist/by-hand.js, and outputs are removed before each run',
    ]);
    expect(text).not.toMatch(/^ +outputs:/m);
  });
});

describe("a git that does not answer", () => {
  it("is told once for all tasks, and as JSON for each", async () => {
    const names = Array.from({ length: 30 }, (_, at) => `t${at}`);
    const tasks = names.map((name) => `const ${name} = task({ run: "true", inputs: ["src/**"] });`).join("\n");
    const cwd = tempFolder({
      "tidegate.config.ts": `import { defineProject, task } from "tidegate";
${tasks}
export default defineProject({ name: "many", pipeline: { ${names.join(", ")} } });
`,
      "src/a.txt": "a",
    });
    commit(cwd);
    execFileSync("git", ["config", "core.repositoryformatversion", "9"], { cwd });
    const told = await runCli(["run"], { cwd });
    expect(told.code).toBe(2);
    expect(told.stderr.match(/error\[git-unavailable\]/g)).toHaveLength(1);
    expect(told.stderr).toContain("git does not answer, and 29 more for the same reason");
    const { stdout } = await runCli(["run", "--json"], { cwd });
    expect(stdout.match(/"code":"git-unavailable"/g)!.length).toBeGreaterThanOrEqual(30);
  });
});
