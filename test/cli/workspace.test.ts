import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { envelopesOf } from "../support/events.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

const definition = `import { branch, cells, concurrencyGroup, defineProject, env, equals, matrix, not, task, workspace } from "tidegate";

const prepare = task({ run: "true", inputs: ["package.json"] });
const packages = workspace({
  build: { needs: ["^build", prepare], inputs: ["src/**"], outputs: ["dist/"] },
  test: { needs: ["build"], inputs: ["src/**"], allowFailure: true },
});
const check = matrix({ node: [22, 24] }, ({ node }) =>
  task({ run: \`echo node \${node}\`, inputs: [], concurrency: concurrencyGroup("check") }),
);
const publish = task({ run: "echo published", needs: [packages.build, ...cells(check, { node: 24 })], when: branch("main") });

export default defineProject({ name: "shop", pipeline: { prepare, check, publish }, packages });
`;

const packageFile = (name: string, more: object) => JSON.stringify({ name, version: "1.0.0", ...more });
const copy = "mkdir -p dist && cp src/a.txt dist/";

function shop(): string {
  const folder = tempFolder({
    "tidegate.config.ts": definition,
    ".gitignore": "dist/\n.tidegate/\n",
    "package.json": JSON.stringify({ private: true, workspaces: ["packages/*"] }),
    "packages/lib/package.json": packageFile("@shop/lib", { scripts: { build: copy, test: "exit 1" } }),
    "packages/lib/src/a.txt": "1",
    "packages/web/package.json": packageFile("@shop/web", {
      scripts: { build: copy },
      dependencies: { "@shop/lib": "*" },
    }),
    "packages/web/src/a.txt": "1",
    "packages/docs/package.json": packageFile("docs", { scripts: { build: copy } }),
    "packages/docs/src/a.txt": "1",
  });
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
      cwd: folder,
      stdio: "ignore",
    });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
  git("checkout", "-q", "-b", "feature");
  return folder;
}

/** The lines of the table at the end, without times. */
function table(stderr: string): string[] {
  const lines = stderr.slice(stderr.lastIndexOf("\n\n")).trim().split("\n");
  return lines.map((line) => line.replace(/ *\b\d+(\.\d)? (ms|s)\b/g, "").replaceAll(/ {2,}/g, " "));
}

describe("a workspace on the command line", () => {
  it("is run package by package, and says of each task what became of it", async () => {
    const cwd = shop();
    const first = await runCli(["run"], { cwd });
    expect(first.code).toBe(0);
    expect(table(first.stderr).sort()).toEqual(
      [
        "✔ prepare ran first time",
        "✔ check[node=22] ran first time",
        "✔ check[node=24] ran first time",
        "✔ @shop/lib#build ran first time",
        "✔ docs#build ran first time",
        "✔ @shop/web#build ran first time",
        "✘ @shop/lib#test failed first time",
        '– publish skipped branch("main") does not hold: the branch is feature',
        "✔ run 1 succeeded in: 7 ran, 1 failed (1 allowed to), 1 skipped",
      ].sort(),
    );
    const second = await runCli(["run", "test"], { cwd });
    expect(second.stderr).toContain("> @shop/lib#test runs: nothing changed, but it failed in run 1\n");
    const explained = await runCli(["explain", "publish", "--run", "1"], { cwd });
    expect(explained.stdout).toBe(
      'publish in run 1 was skipped: branch("main") does not hold: the branch is feature\n',
    );
    const logs = await runCli(["logs", "check[node=24]", "--run", "1"], { cwd });
    expect(logs.stdout).toBe("node 24\n");
  });

  it("runs only what is affected, and says by which file", async () => {
    const cwd = shop();
    await runCli(["run"], { cwd });
    writeFiles(cwd, { "packages/lib/src/a.txt": "2" });
    const affected = await runCli(["run", "build", "--affected", "--explain"], { cwd });
    expect(affected.code).toBe(0);
    expect(affected.stderr).toContain("○ @shop/lib#build selected: packages/lib/src/a.txt was changed\n");
    expect(affected.stderr).toContain("○ @shop/web#build selected: @shop/lib#build, which it needs, is affected\n");
    expect(affected.stderr).not.toContain("docs#build");
    const explained = await runCli(["explain", "@shop/web#build"], { cwd });
    expect(explained.stdout).toContain("  selected: @shop/lib#build, which it needs, is affected\n");
    const json = await runCli(["run", "--affected", "--since", "HEAD", "--json"], { cwd });
    const events = envelopesOf(json.stdout).map(({ event }) => event);
    const selected = events.flatMap((event) => (event.type === "taskSelected" ? [event.task] : []));
    expect(selected).toContain("@shop/lib#test");
  });

  it("says so when nothing is affected, and when git cannot tell", async () => {
    const cwd = shop();
    const nothing = await runCli(["run", "--affected"], { cwd });
    expect([nothing.code, nothing.stderr]).toEqual([0, expect.stringContaining("0 tasks")]);
    const unknown = await runCli(["run", "--affected", "--since", "no-such"], { cwd });
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('error[git-unavailable]: What has changed is unknown: git has no commit "no-such"'),
    ]);
  });

  it("runs the packages that filters name", async () => {
    const cwd = shop();
    const filtered = await runCli(["run", "build", "--filter", "...lib", "--filter", "docs", "--filter=!web"], { cwd });
    expect(table(filtered.stderr).at(-1)).toBe("✔ run 1 succeeded in: 3 ran");
    const wrong = await runCli(["run", "--filter", "dosc"], { cwd });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('hint: Did you mean "docs"?')]);
  });

  it("is checked, and what is wrong with it has its place", async () => {
    const cwd = shop();
    writeFiles(cwd, {
      "packages/lib/package.json": packageFile("@shop/lib", {
        scripts: { build: copy },
        dependencies: { "@shop/web": "*" },
      }),
    });
    const circle = await runCli(["check"], { cwd });
    expect(circle.code).toBe(2);
    expect(circle.stderr + circle.stdout).toMatch(/tidegate\.config\.ts:5:\d+[\s\S]*needs: \["\^build", prepare\]/);
    expect(circle.stderr + circle.stdout).toContain(
      "remove one dependency from packages/lib/package.json, packages/web/package.json",
    );
  });
});
