import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { envelopesOf } from "../support/events.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

/** `web` does not depend on `codegen`, nor on `utils`: only the definition says that it needs them. */
const definition = (need: string) => `import { defineProject, matrix, task, workspace } from "tidegate";

const packages = workspace({
  build: { needs: ["codegen#build"], inputs: ["src/**"], outputs: ["dist/"], overrides: { web: { needs: [${need}] } } },
  test: { run: "cat dist/a.txt", needs: ["build"], inputs: [], packages: ["web"] },
});
const report = matrix({ node: [22, 24] }, () => task({ run: "cat packages/utils/dist/a.txt", needs: ["@acme/utils#build"], inputs: [] }));

export default defineProject({ name: "shop", pipeline: { report }, packages });
`;

const packageFile = (name: string) =>
  JSON.stringify({ name, scripts: { build: "mkdir -p dist && cp src/a.txt dist/" } });

function shop(need = '"codegen#build", "@acme/utils#build"'): string {
  return tempFolder({
    "tidegate.config.ts": definition(need),
    ".gitignore": "dist/\n.tidegate/\n",
    "package.json": JSON.stringify({ private: true, workspaces: ["packages/*"] }),
    "packages/web/package.json": packageFile("web"),
    "packages/web/src/a.txt": "web",
    "packages/utils/package.json": packageFile("@acme/utils"),
    "packages/utils/src/a.txt": "utils",
    "packages/codegen/package.json": packageFile("codegen"),
    "packages/codegen/src/a.txt": "codegen",
  });
}

async function planned(cwd: string, ...args: string[]): Promise<string[]> {
  const { code, stdout } = await runCli(["run", "--json", ...args], { cwd });
  expect(code).toBe(0);
  const events = envelopesOf(stdout).map(({ event }) => event);
  return events.flatMap((event) => (event.type === "runStarted" ? event.tasks.map(({ name }) => name) : []));
}

describe("a need that names the task of one package", () => {
  it("is run before, counts for the fingerprint, and says so when it changed", async () => {
    const cwd = shop();
    expect((await runCli(["run"], { cwd })).code).toBe(0);
    expect((await runCli(["run"], { cwd })).stderr).toMatch(/: 6 hits$/m);
    writeFiles(cwd, { "packages/utils/src/a.txt": "changed" });
    const { stderr } = await runCli(["run", "report"], { cwd });
    expect(stderr).toContain("report[node=24] runs: the output of @acme/utils#build changed");
    const explained = await runCli(["explain", "report[node=22]"], { cwd });
    expect(explained.stdout).toContain("@acme/utils#build");
  });

  it("comes along when the task is chosen by a filter, or by what changed", async () => {
    const cwd = shop();
    expect(await planned(cwd, "--filter", "web")).toEqual([
      "codegen#build",
      "@acme/utils#build",
      "web#build",
      "web#test",
    ]);
    const git = (...words: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd, stdio: "ignore" });
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-q", "-m", "first");
    writeFiles(cwd, { "packages/utils/src/a.txt": "2" });
    expect(await planned(cwd, "--affected", "--since", "HEAD")).toEqual([
      "codegen#build",
      "@acme/utils#build",
      "report[node=22]",
      "report[node=24]",
      "web#build",
      "web#test",
    ]);
    rmSync(join(cwd, "packages/utils/dist"), { recursive: true });
    expect(await planned(cwd, "--filter", "utils")).toEqual(["codegen#build", "@acme/utils#build"]);
  });

  it("is an error with its place when there is no such package", async () => {
    const cwd = shop('"utils#build"');
    const { code, stderr } = await runCli(["run"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('"build" needs "utils#build", which does not exist');
    expect(stderr).toMatch(/tidegate\.config\.ts:4:\d+/);
    expect(stderr).toContain('Did you mean "@acme/utils#build"?');
    expect((await runCli(["check"], { cwd })).stderr).toContain('Did you mean "@acme/utils#build"?');
  });
});
