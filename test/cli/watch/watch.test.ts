import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli, startCli } from "../../support/cli.ts";
import { writeFiles } from "../../support/temp-folder.ts";
import { scriptProject } from "../project.ts";
import { Watching } from "./watching.ts";

/** `build` copies src to dist, `test` reads both and fails when src/a.js says so. */
function buildAndTest(files: Readonly<Record<string, string>> = {}): string {
  return scriptProject(
    `const build = task({ run: "node build.mjs", inputs: ["build.mjs", "src/**"], outputs: ["dist/"] });
const test = task({ run: "node test.mjs", needs: [build], inputs: ["test.mjs", "cases/**"] });`,
    {
      "build.mjs": `import { cpSync } from "node:fs"; cpSync("src", "dist", { recursive: true });`,
      "test.mjs": `import { readFileSync } from "node:fs"; process.exit(/fail/.test(readFileSync("dist/a.js", "utf8")) ? 1 : 0);`,
      "src/a.js": "1",
      "src/b.js": "1",
      "cases/one": "1",
      ...files,
    },
  );
}

describe("run --watch", () => {
  it("runs what a save affects, and nothing for files that no task reads", async () => {
    const cwd = buildAndTest();
    const watching = new Watching(cwd);
    expect(await watching.untilWaiting()).toEqual(["build ran", "test ran", "run succeeded"]);
    writeFiles(cwd, {
      "README.md": "x",
      "dist/a.js": "x",
      ".tidegate/x": "x",
      "node_modules/x/y.js": "x",
    });
    writeFiles(cwd, { "cases/one": "2" });
    expect(await watching.untilWaiting()).toEqual(["changed cases/one", "build hit", "test ran", "run succeeded"]);
    writeFiles(cwd, { "src/a.js": "2" });
    expect(await watching.untilWaiting()).toEqual(["changed src/a.js", "build ran", "test ran", "run succeeded"]);
    expect(readFileSync(join(cwd, "dist/a.js"), "utf8")).toBe("2");
  });

  it("sees saves by rename, new and removed files and folders", async () => {
    const cwd = buildAndTest();
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    for (const text of ["2", "3"]) {
      writeFileSync(join(cwd, "src/a.js~"), text);
      renameSync(join(cwd, "src/a.js~"), join(cwd, "src/a.js"));
      expect((await watching.untilWaiting())[0]).toBe("changed src/a.js");
    }
    writeFiles(cwd, { "src/deep/er/c.js": "1" });
    expect((await watching.untilWaiting())[0]).toBe("changed src/deep/er/c.js");
    writeFiles(cwd, { "src/deep/er/c.js": "2" });
    expect((await watching.untilWaiting())[0]).toBe("changed src/deep/er/c.js");
    renameSync(join(cwd, "src/deep"), join(cwd, "src/other"));
    expect((await watching.untilWaiting())[0]).toBe("changed src/deep/er/c.js src/other/er/c.js");
    writeFiles(cwd, { "src/other/er/c.js": "3" });
    expect((await watching.untilWaiting())[0]).toBe("changed src/other/er/c.js");
    rmSync(join(cwd, "src/other"), { recursive: true });
    expect((await watching.untilWaiting())[0]).toBe("changed src/other/er/c.js");
    expect((await runCli(["run"], { cwd })).stderr).toContain("2 hits");
  });

  it("runs once for a burst, such as a checkout", async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [`src/part/${number}.js`, "1"]));
    const cwd = buildAndTest(many);
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd, stdio: "ignore" });
    writeFiles(cwd, { ".gitignore": ".tidegate\ndist\n" });
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-q", "-m", "one");
    git("checkout", "-q", "-b", "other");
    writeFiles(cwd, Object.fromEntries(Object.keys(many).map((path) => [path, "2"])));
    git("commit", "-q", "-a", "-m", "two");
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    git("checkout", "-q", "main");
    const happened = await watching.untilWaiting();
    expect(happened.filter((what) => what.startsWith("changed"))).toHaveLength(1);
    expect(happened[0]!.split(" ")).toHaveLength(301);
    expect(happened.slice(1)).toEqual(["build ran", "test ran", "run succeeded"]);
  });

  it("goes on after a task that fails", async () => {
    const cwd = buildAndTest();
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    writeFiles(cwd, { "src/a.js": "fail" });
    expect(await watching.untilWaiting()).toEqual([
      "changed src/a.js",
      "build ran",
      "test failed",
      "run failed",
      "failure task-failed",
    ]);
    writeFiles(cwd, { "src/a.js": "1" });
    expect(await watching.untilWaiting()).toEqual(["changed src/a.js", "build hit", "test hit", "run succeeded"]);
  });

  it("does not run for a file that only looks touched, beyond asking the cache", async () => {
    const cwd = buildAndTest();
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    utimesSync(join(cwd, "src/a.js"), 1, 1);
    expect(await watching.untilWaiting()).toEqual(["changed src/a.js", "build hit", "test hit", "run succeeded"]);
  });
});

/** A task with a grandchild that ignores the request to end, until src/a.js says "quick". */
function slowProject(): string {
  return scriptProject(
    `const free = task({ run: "node free.mjs", inputs: ["free.mjs"] });
const slow = task({ run: "node slow.mjs", inputs: ["slow.mjs", "src/**"] });
const after = task({ run: ["node", "-e", "0"], needs: [slow], inputs: ["late/**"] });`,
    {
      "free.mjs": "",
      "late/x": "",
      "slow.mjs": `import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
if (readFileSync("src/a.js", "utf8") === "quick") process.exit(0);
const child = spawn(process.execPath, ["grandchild.mjs"], { stdio: ["ignore", "pipe", "inherit"], detached: true });
child.stdout.once("data", () => console.log("holding"));
setInterval(() => {}, 1000);`,
      "grandchild.mjs": `console.log("up"); setInterval(() => {}, 1000);`,
      "src/a.js": "slow",
    },
  );
}

describe("a change during a run", () => {
  it("cancels the run, with all its processes, and the next one begins", async () => {
    const cwd = slowProject();
    const watching = new Watching(cwd);
    await watching.untilTask("taskOutput", "slow");
    writeFiles(cwd, { "src/a.js": "quick" });
    const happened = await watching.untilWaiting();
    expect(happened).toContain("changed src/a.js, supersedes 1");
    expect(happened.slice(-5)).toEqual(["run cancelled", "free hit", "slow ran", "after ran", "run succeeded"]);
    expect(happened).not.toContain("failure interrupted");
  });

  it("leaves the run alone when all that it concerns has yet to start", async () => {
    const cwd = slowProject();
    const watching = new Watching(cwd);
    await watching.untilTask("taskOutput", "slow");
    writeFiles(cwd, { "late/x": "new" });
    await watching.upTo(({ type }) => type === "watchChanged");
    writeFiles(cwd, { "src/a.js": "quick" });
    const happened = await watching.untilWaiting();
    expect(happened[0]).toBe("changed src/a.js, supersedes 1");
    expect(happened.at(-1)).toBe("run succeeded");
  });
});

describe("a change of the definition", () => {
  it("is loaded anew, with what it imports", async () => {
    const cwd = scriptProject(
      `import { text } from "./text.ts";\nconst say = task({ run: ["echo", text], inputs: ["x"] });`,
      {
        "text.ts": `export const text: string = "one";`,
        x: "",
      },
    );
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    for (const text of ["two", "three"]) {
      writeFiles(cwd, { "text.ts": `export const text: string = "${text}";` });
      const lines = await watching.upTo(({ type }) => type === "watchWaiting");
      expect(lines.find((line) => line.type === "taskOutput")).toMatchObject({ text });
    }
    const definition = readFileSync(join(cwd, "tidegate.config.ts"), "utf8");
    writeFiles(cwd, { "tidegate.config.ts": definition.replace(`inputs: ["x"]`, `inputs: ["x", "y"]`), y: "" });
    expect(await watching.untilWaiting()).toContain("say ran");
    writeFiles(cwd, { y: "new" });
    expect(await watching.untilWaiting()).toEqual(["changed y", "say ran", "run succeeded"]);
  });

  it("still knows its secrets, also where it was not loaded because it is what it was", async () => {
    const secret = "tok_9f8e7d6c5b4a3210";
    const cwd = scriptProject(`const say = task({ run: "echo 1 $API_TOKEN", env: ["API_TOKEN"], cache: false });`);
    const file = join(cwd, "tidegate.config.ts");
    const definition = readFileSync(file, "utf8")
      .replace("defineProject,", "defineProject, secret,")
      .replace("\n", '\nimport { z } from "zod";\n')
      .replace("pipeline:", "config: { API_TOKEN: secret(z.string()) }, pipeline:");
    writeFileSync(file, definition);
    const env = { API_TOKEN: secret };
    for (let times = 0; times < 3; times++) {
      const { stdout } = await runCli(["run", "--json"], { cwd, env });
      expect(stdout).toContain('"text":"1 [secret]"');
    }
    const watching = new Watching(cwd, [], env);
    await watching.untilWaiting();
    writeFileSync(file, definition.replace("echo 1", "echo 2"));
    const lines = await watching.upTo(({ type }) => type === "watchWaiting");
    expect(lines.find((line) => line.type === "taskOutput")).toMatchObject({ text: "2 [secret]" });
  });

  it("that is wrong is told with its place, and waited for to be mended", async () => {
    const cwd = buildAndTest();
    const file = join(cwd, "tidegate.config.ts");
    const right = readFileSync(file, "utf8");
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    for (const [wrong, code] of [
      ["const x = ;", "definition-syntax"],
      [`${right}\nthrow new Error("no");`, "definition-throws"],
      [`import "./nothing.ts";\n${right}`, "definition-import"],
      [right.replace("needs: [build]", "neds: [build]"), "invalid-definition"],
      [right.replace('test.mjs", "cases/**', "nowhere/**"), "no-such-input"],
    ] as const) {
      writeFileSync(file, wrong);
      const lines = await watching.upTo(({ type }) => type === "watchWaiting");
      expect(lines.find(({ type }) => type === "failure")).toMatchObject({ code, location: { file } });
    }
    writeFileSync(file, right);
    expect(await watching.untilWaiting()).toEqual([
      "changed tidegate.config.ts",
      "build hit",
      "test hit",
      "run succeeded",
    ]);
    rmSync(file);
    expect(await watching.untilWaiting()).toContain("failure no-definition");
    writeFileSync(file, right);
    expect(await watching.untilWaiting()).toContain("run succeeded");
  });

  it("that is wrong from the start is waited for, too", async () => {
    const cwd = buildAndTest({ "tidegate.config.ts": "const x = ;" });
    const watching = new Watching(cwd);
    expect(await watching.untilWaiting()).toEqual(["failure definition-syntax"]);
  });

  it("that never comes to an end does not stop the watching", async () => {
    const cwd = buildAndTest();
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    const right = readFileSync(join(cwd, "tidegate.config.ts"), "utf8");
    writeFileSync(join(cwd, "tidegate.config.ts"), `while (true) {}\n${right}`);
    await watching.upTo(({ type }) => type === "watchChanged");
    writeFileSync(join(cwd, "tidegate.config.ts"), right);
    expect(await watching.untilWaiting()).toContain("run succeeded");
    writeFileSync(join(cwd, "tidegate.config.ts"), `while (true) {}\n${right}`);
    await watching.upTo(({ type }) => type === "watchChanged");
    expect((await watching.end()).code).toBe(130);
  });
});

describe("a task that is never cached", () => {
  it("runs again only when something changed that it reads, or that it needs", async () => {
    const cwd = scriptProject(
      `const install = task({ run: "node count.mjs", inputs: ["count.mjs", "lock"], outputs: ["made"], cache: false });
const test = task({ run: "node test.mjs", needs: [install], inputs: ["test.mjs"] });`,
      {
        "count.mjs": `import { writeFileSync } from "node:fs"; writeFileSync("made", String(performance.timeOrigin));`,
        "test.mjs": "",
        lock: "",
      },
    );
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    writeFiles(cwd, { "test.mjs": "0" });
    expect(await watching.untilWaiting()).toEqual(["changed test.mjs", "install skipped", "test ran", "run succeeded"]);
    expect((await runCli(["explain", "install"], { cwd })).stdout).toBe(
      "install in run 2 was skipped: not affected by the change since run 1\n",
    );
    writeFiles(cwd, { lock: "2" });
    expect(await watching.untilWaiting()).toEqual(["changed lock", "install ran", "test ran", "run succeeded"]);
    expect((await runCli(["run"], { cwd })).stderr).toContain("> install runs");
  });
});

describe("a task that does not say what it reads", () => {
  it("runs again for any file, but not for ever for what it writes itself", async () => {
    const cwd = scriptProject(`const loose = task({ run: "node loose.mjs" });`, {
      "loose.mjs": `import { writeFileSync } from "node:fs"; writeFileSync("left-behind", String(performance.timeOrigin));`,
      "some.txt": "",
    });
    const running = startCli(["run", "--watch"], { cwd });
    await running.until("! left-behind changes in every run and no task declares it");
    writeFiles(cwd, { "some.txt": "2" });
    await running.until("→ some.txt changed\n");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
  });

  it("does not run for what git ignores or an editor leaves beside", async () => {
    const cwd = scriptProject(`const loose = task({ run: "true" });`, { ".gitignore": "*.log\n", "some.txt": "" });
    execFileSync("git", ["init", "-q"], { cwd });
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    writeFiles(cwd, { "some.log": "x", ".some.txt.swp": "x" });
    writeFiles(cwd, { "some.txt": "2" });
    expect((await watching.untilWaiting())[0]).toBe("changed some.txt");
  });
});

describe("Ctrl-C", () => {
  it("ends the waiting, with 130", async () => {
    const cwd = buildAndTest();
    const watching = new Watching(cwd);
    await watching.untilWaiting();
    const { code, stdout, stderr } = await watching.end();
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1)!)).toMatchObject({ type: "failure", code: "interrupted" });
  });

  it("ends a run and all its processes, with 130", async () => {
    const watching = new Watching(slowProject());
    await watching.untilTask("taskOutput", "slow");
    expect((await watching.end("SIGTERM")).code).toBe(130);
  });
});

describe("watching, for people", () => {
  it("says in a pipe what changed and that it waits, without the tasks that had nothing to do", async () => {
    const cwd = buildAndTest();
    const running = startCli(["run", "-w"], { cwd });
    await running.until("○ waiting for changes in 6 files; Ctrl-C ends\n");
    writeFiles(cwd, { "cases/one": "2" });
    await running.until("run 2 succeeded");
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    const second = stderr.slice(stderr.indexOf("→ cases/one changed\n"));
    expect(second).toMatch(/✔ test succeeded in/);
    expect(second).toMatch(/✔ run 2 succeeded in .+: 1 hit, 1 ran\n/);
    expect(second).not.toMatch(/build/);
    expect(second).toMatch(/error\[interrupted\]: Stopped watching; nothing is left running\n$/);
  });

  it("ends when its reader has gone", async () => {
    const cwd = buildAndTest();
    const running = startCli(["run", "--watch", "--json"], { cwd });
    await running.until("watchWaiting");
    running.child.stdout!.destroy();
    writeFiles(cwd, { "cases/one": "2" });
    expect((await running.ended).code).toBe(0);
  });

  it("refuses what is not in the pipeline, and says when there is no definition", async () => {
    const unknown = await runCli(["run", "--watch", "tset"], { cwd: buildAndTest() });
    expect({ code: unknown.code, stderr: unknown.stderr.slice(0, 21) }).toEqual({
      code: 2,
      stderr: "error[unknown-task]: ",
    });
    const audited = await runCli(["run", "--watch", "--audit"], { cwd: buildAndTest() });
    expect(audited.stderr).toMatch(/^error\[bad-arguments\]: --audit is for a single run/);
    const folder = join(buildAndTest(), "..", "empty");
    mkdirSync(folder);
    expect((await runCli(["run", "--watch"], { cwd: folder })).stderr).toMatch(/^error\[no-definition\]/);
  });
});
