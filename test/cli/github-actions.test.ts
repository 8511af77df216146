import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Context } from "../../src/cli/context.ts";
import { commandProperty, commandText, markdownBlock, markdownText } from "../../src/cli/github/escape.ts";
import { GithubReport } from "../../src/cli/github/github-report.ts";
import { createRenderer } from "../../src/cli/render/create.ts";
import type { Writer } from "../../src/cli/writer.ts";
import { runCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { textWriter } from "./render/text-writer.ts";

describe("what goes into workflow commands and Markdown", () => {
  it("is taken back as it was, and ends neither the command nor a property", () => {
    expect(commandText("100%\r\n::error::x")).toBe("100%25%0D%0A::error::x");
    expect(commandProperty("a:b,c%\n")).toBe("a%3Ab%2Cc%25%0A");
  });

  it("shows hostile names as they are", () => {
    expect(markdownText("<img src=x> | [a](b) `c`\n# d")).not.toMatch(/[<>|`[\]#\n](?!\d)/);
    expect(markdownBlock(["```", "````", "x"])).toBe("`````text\n```\n````\nx\n`````");
  });
});

const definition = (run: string) => `import { defineProject, task } from "tidegate";
const build = task({ run: ${JSON.stringify(["sh", "-c", run])}, inputs: [] });
export default defineProject({ name: "shop", pipeline: { build } });
`;

function step(files: Readonly<Record<string, string>>) {
  const cwd = tempFolder(files);
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: join(cwd, "summary.md"), GITHUB_WORKSPACE: cwd };
  return { cwd, env, summary: () => readFileSync(env.GITHUB_STEP_SUMMARY, "utf8") };
}

function contextOn(stderr: Writer): Context {
  return { stderr, stdout: stderr, json: false, live: false, now: () => 0, cwd: "/", env: {} } as unknown as Context;
}

/** The lines that the runner obeys: all but those between a stop and its own end. */
function obeyed(text: string): string[] {
  let token: string | undefined;
  return text.split("\n").filter((line) => {
    const stop = /^\s*::stop-commands::(\S+)$/.exec(line)?.[1];
    if (token === undefined && stop !== undefined) token = stop;
    else if (token !== undefined && line === `::${token}::`) token = undefined;
    else return token === undefined && /^\s*::|##\[/.test(line);
    return false;
  });
}

describe("in GitHub Actions", () => {
  it("a run annotates what failed and writes a summary, and tasks command nothing", async () => {
    const hostile = "echo '::error::mine'; echo '##[set-env name=A]b'; echo 'Error: a | b, 100%'; exit 3";
    const { cwd, env, summary } = step({ "tidegate.config.ts": definition(hostile) });
    const { code, stderr, stdout } = await runCli(["run"], { cwd, env });
    expect(code).toBe(1);
    const [opens, closes, ...commands] = obeyed(stderr);
    expect([opens, closes]).toEqual(["::group::build", "::endgroup::"]);
    expect(stderr).toMatch(
      /::group::build\n::stop-commands::\w+\n::error::mine\n[\s\S]+?\n::\w+::\n::endgroup::\n::stop-commands::/,
    );
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(/^::error title=build::Task "build" ended with exit code 3%0A/);
    expect(commands[0]).toContain("Error: a | b, 100%25");
    expect(obeyed(stdout)).toEqual([]);
    expect(summary()).toContain("## Tidegate run: failed (exit code 1)");
    expect(summary()).toContain("| build | **failed** |");
    await runCli(["run"], { cwd, env });
    expect(summary().match(/^## /gm)).toHaveLength(2);
  });

  it("what a task wrote is in one group, also where another writes beside it, a run ends early, or it writes very much", () => {
    const out = textWriter();
    const report = new GithubReport({ env: {}, stderr: out, cwd: "/" });
    const renderer = createRenderer({ ...contextOn(out), github: report });
    const says = (task: string, text: string) => renderer.emit({ type: "taskOutput", task, stream: "stdout", text });
    report.begin();
    says("build", "one");
    says("test", "::add-mask::two");
    says("build", "three");
    renderer.emit({
      type: "taskFinished",
      task: "build",
      outcome: { outcome: "succeeded" },
      durationMs: 1,
      cache: { stored: false, because: "failed" },
    });
    says("large", "x".repeat(300_000));
    renderer.close();
    report.end("run", 0);
    const groups = [
      "::group::build",
      "::endgroup::",
      "::group::large",
      "::endgroup::",
      "::group::test",
      "::endgroup::",
    ];
    expect(obeyed(out.text())).toEqual(groups);
    expect(out.text()).toMatch(/\none\nthree\n::/);
  });

  it("check annotates the places of problems", async () => {
    const wrong = definition("true").replace("inputs: []", 'inputs: ["../x"]');
    const { cwd, env, summary } = step({ "tidegate.config.ts": wrong });
    const { code, stderr } = await runCli(["check"], { cwd, env });
    expect(code).toBe(2);
    expect(obeyed(stderr)[0]).toMatch(/^::error file=tidegate\.config\.ts,line=2,col=\d+,title=path-outside-project::/);
    expect(summary()).toContain("tidegate.config.ts");
  });

  it("a summary that is good says so, and elsewhere nothing is written", async () => {
    const { cwd, env, summary } = step({ "tidegate.config.ts": definition("true") });
    expect((await runCli(["run"], { cwd })).stderr).not.toContain("::");
    expect((await runCli(["run"], { cwd, env })).code).toBe(0);
    expect(summary()).toContain("## Tidegate run: done");
  });

  it("a summary has at most 1 MB, with what was there before", () => {
    const cwd = tempFolder({});
    const file = join(cwd, "summary.md");
    writeFileSync(file, "before\n");
    const report = new GithubReport({ env: { GITHUB_STEP_SUMMARY: file }, stderr: textWriter(), cwd });
    const cause = "x".repeat(1_200_000);
    report.failures([
      { code: "task-failed", message: "first" },
      { code: "task-failed", message: "m", cause },
    ]);
    report.end("run", 1);
    const text = readFileSync(file, "utf8");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000_000);
    expect(text).toMatch(/^before\n## Tidegate run: failed[\s\S]*### first[\s\S]*The rest is left out/);
  });
});
