import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { concurrencyGroup, matrix, task } from "../../src/definition/builders.ts";
import { branch, changed, env, equals } from "../../src/definition/conditions.ts";
import type { Task } from "../../src/definition/types.ts";
import { decisions, failuresOf, outcomes, output, reasons, TestProject } from "./project.ts";

const node = (script: string): readonly [string, ...string[]] => [process.execPath, "-e", script];

describe("allowFailure", () => {
  it("lets the run succeed, and what needs the task run, without hiding that it failed", async () => {
    const lint = task({ run: "exit 3", allowFailure: true });
    const build = task({ run: "echo built", needs: [lint] });
    const run = await new TestProject().run({ lint, build });
    expect(run.result.outcome).toBe("succeeded");
    expect(outcomes(run)).toEqual({ lint: "failed", build: "ran" });
    expect(failuresOf(run, "lint")).toEqual([]);
    expect(run.result.tasks.lint!.record.result).toMatchObject({
      result: "failed",
      allowed: true,
      failures: [{ code: "task-failed" }],
    });
    expect(run.events.find(({ type }) => type === "runFinished")).toMatchObject({
      counts: { failed: 1, allowed: 1, ran: 2 },
    });
  });

  it("leaves nothing cached of what ran on a failure", async () => {
    const project = new TestProject({ "a.txt": "1" });
    const lint = task({ run: "exit 3", inputs: ["a.txt"], allowFailure: true });
    const build = task({ run: "echo built", needs: [lint], inputs: ["a.txt"] });
    const run = await project.run({ lint, build });
    expect(decisions(run).build).toMatchObject({ stored: false });
    expect(outcomes(await project.run({ lint, build })).build).toBe("ran");
  });
});

describe("retry", () => {
  /** Fails so often, then succeeds. */
  const failing = (times: number, how: string) =>
    node(`const { appendFileSync, readFileSync } = require("node:fs");
      appendFileSync("tries", "x");
      if (readFileSync("tries", "utf8").length <= ${times}) { ${how} }`);
  const tries = async (retry: Task["retry"], how: string) => {
    const project = new TestProject();
    const run = await project.run({ t: task({ run: failing(2, how), ...(retry !== undefined && { retry }) }) });
    return [run.result.outcome, readFileSync(project.at("tries"), "utf8").length];
  };

  it("tries again after any failure when none is named", async () => {
    expect(await tries({ times: 2, backoff: 1 }, "process.exit(9)")).toEqual(["succeeded", 3]);
    expect(await tries(1, "process.exit(9)")).toEqual(["failed", 2]);
  });

  it("tries again only after the exit codes that are named", async () => {
    expect(await tries({ times: 5, exitCodes: [75] }, "process.exit(75)")).toEqual(["succeeded", 3]);
    expect(await tries({ times: 5, exitCodes: [75] }, "process.exit(1)")).toEqual(["failed", 1]);
  });

  it("tries again only when a text was written that is named", async () => {
    const how = 'console.error("connect ECONNRESET"); process.exit(1)';
    expect(await tries({ times: 5, patterns: ["ECONNRESET"] }, how)).toEqual(["succeeded", 3]);
    expect(await tries({ times: 5, patterns: ["ETIMEDOUT"], exitCodes: [2] }, how)).toEqual(["failed", 1]);
  });

  it("ends at once when the run is cancelled while it waits", async () => {
    const stop = new AbortController();
    const run = await new TestProject().run(
      { t: task({ run: "exit 1", retry: { times: 3, backoff: "1h" } }) },
      { signal: stop.signal, emit: (event) => event.type === "taskStarted" && setTimeout(() => stop.abort(), 200) },
    );
    expect(run.result.outcome).toBe("cancelled");
  });
});

describe("when", () => {
  it("skips the task and what needs it, says why, and does not make the run fail", async () => {
    const project = new TestProject({ ".git/HEAD": "ref: refs/heads/feature\n" });
    const publish = task({ run: "echo published", when: branch("main") });
    const tell = task({ run: "echo told", needs: [publish] });
    const run = await project.run({ publish, tell });
    expect(run.result.outcome).toBe("succeeded");
    expect(run.events.filter(({ type }) => type === "taskSkipped")).toEqual([
      {
        type: "taskSkipped",
        task: "publish",
        because: {
          reason: "condition",
          unmet: [{ condition: "branch", wanted: ["main"], found: "feature", negated: false }],
        },
      },
      { type: "taskSkipped", task: "tell", because: { reason: "needSkipped", need: "publish" } },
    ]);
    project.write(".git/HEAD", "ref: refs/heads/main\n");
    expect(outcomes(await project.run({ publish, tell }))).toEqual({ publish: "ran", tell: "ran" });
  });

  it("looks at the caller's variables, which the task need not declare", async () => {
    const t = task({ run: "printenv DEPLOY || echo unseen", when: equals(env("DEPLOY"), "yes") });
    const environment = { PATH: process.env.PATH ?? "", DEPLOY: "yes" };
    const run = await new TestProject().run({ t }, { environment });
    expect(output(run, "t")).toEqual(["unseen"]);
    expect(outcomes(await new TestProject().run({ t }))).toEqual({ t: "skipped" });
  });

  it("fails when it asks for changes that nobody can know", async () => {
    const attempt = await new TestProject().attempt({ t: task({ run: "true", when: changed("src/**") }) });
    expect(attempt).toMatchObject({
      ok: false,
      failures: [{ code: "git-unavailable", message: expect.stringContaining('"t"') }],
    });
  });
});

describe("always", () => {
  const setup = task({ run: "echo setup" });
  const use = task({ run: "exit 1", needs: [setup] });

  it("runs after a failure, which stays one", async () => {
    const clean = task({ run: "echo cleaned", needs: [setup, use], always: true });
    const run = await new TestProject().run({ setup, use, clean });
    expect(run.result.outcome).toBe("failed");
    expect(outcomes(run)).toEqual({ setup: "ran", use: "failed", clean: "ran" });
  });

  it("runs after a cancel, to its end", async () => {
    const stop = new AbortController();
    const long = task({ run: "echo started; sleep 1000", needs: [setup] });
    const clean = task({ run: "sleep 0.1; echo cleaned", needs: [long], always: true });
    const never = task({ run: "echo never", needs: [long] });
    const run = await new TestProject().run(
      { setup, long, clean, never },
      { signal: stop.signal, emit: (event) => event.type === "taskOutput" && event.task === "long" && stop.abort() },
    );
    expect(run.result.outcome).toBe("cancelled");
    expect(outcomes(run)).toEqual({ setup: "ran", long: "cancelled", clean: "ran", never: "skipped" });
    expect(output(run, "clean")).toEqual(["cleaned"]);
  });
});

describe("a concurrency group", () => {
  it("never has more of its tasks running than it may, and those from the cache do not count", async () => {
    const project = new TestProject();
    const database = concurrencyGroup("database", 2);
    const script = (n: number) =>
      node(`/* ${n} */ const { mkdirSync, readdirSync, rmdirSync } = require("node:fs");
      mkdirSync("in/" + process.pid, { recursive: true });
      setTimeout(() => { console.log(readdirSync("in").length); rmdirSync("in/" + process.pid); }, 50);`);
    const all = matrix({ n: [1, 2, 3, 4, 5, 6] }, ({ n }) =>
      task({ run: script(n), inputs: [], concurrency: database }),
    );
    const run = await project.run({ all }, { concurrency: 6 });
    const seen = Object.keys(run.result.tasks).flatMap((name) => output(run, name).map(Number));
    expect(seen).toHaveLength(6);
    expect(Math.max(...seen)).toBeLessThanOrEqual(2);
    expect(run.events.filter(({ type }) => type === "taskQueued")).toHaveLength(4);
    const again = await project.run({ all }, { concurrency: 6 });
    expect(again.events.filter(({ type }) => type === "taskQueued")).toEqual([]);
    expect(new Set(Object.values(outcomes(again)))).toEqual(new Set(["hit"]));
  });
});

describe("a matrix", () => {
  it("is a task for each combination, each with a result and a log of its own", async () => {
    const project = new TestProject();
    const test = matrix({ os: ["linux", "@acme/mac"], node: [22, 24] }, ({ os, node: version }) =>
      os === "linux" && version === 24 ? undefined : task({ run: `echo ${os} ${version}`, inputs: [] }),
    );
    const run = await project.run({ test });
    expect(Object.keys(run.result.tasks)).toEqual([
      "test[os=linux,node=22]",
      "test[os=@acme/mac,node=22]",
      "test[os=@acme/mac,node=24]",
    ]);
    expect(output(run, "test[os=@acme/mac,node=24]")).toEqual(["@acme/mac 24"]);
    expect(existsSync(project.at(".tidegate/runs/1/test[os=@acme%2Fmac,node=24].log"))).toBe(true);
    expect(new Set(Object.values(outcomes(await project.run({ test }))))).toEqual(new Set(["hit"]));
  });
});

describe("services of a task", () => {
  const server = `const server = require("node:http").createServer((_, response) => response.end("hello"));
    require("node:child_process").spawn("sleep", ["1000"], { stdio: "ignore" });
    server.listen(process.env.PORT, process.env.HOST, () => console.log("listening"));`;
  const ask = `fetch(process.env.WEB_URL).then((answer) => answer.text()).then(console.log)`;

  it.each([["port" as const], [{ http: "/" } as const], [{ output: "listening" } as const]])(
    "are ready before the command starts, and gone with all they started when it has ended: %j",
    async (ready) => {
      const project = new TestProject();
      const web = { run: node(server), ready, provides: { WEB_URL: "http://{host}:{port}/" } };
      const t = task({ run: node(`console.log(process.env.WEB_PORT !== undefined); ${ask}`), services: { web } });
      const run = await project.run({ t });
      expect(output(run, "t")).toEqual(["true", "hello"]);
      expect(run.result.outcome).toBe("succeeded");
      expect(readdirSync(project.at(".tidegate/running"))).toEqual([]);
    },
  );

  it("that end before they are ready make the task fail, with what they wrote, and end the others", async () => {
    const services = { web: { run: node(server) }, broken: { run: "echo 'no config'; exit 4" } };
    const run = await new TestProject().run({ t: task({ run: "echo never", services }) });
    expect(output(run, "t")).toEqual([]);
    expect(failuresOf(run, "t")).toEqual([
      {
        code: "task-service-failed",
        message: 'Service "broken" of task "t" ended with exit code 4 before it was ready',
        cause: "no config",
      },
    ]);
  });

  it("that are not ready in time, or are no programs, make the task fail", async () => {
    const late = { run: "sleep 1000", readyTimeout: "200ms" } as const;
    const run = await new TestProject().run({
      t: task({ run: "true", services: { late, none: { run: "no-such-program" } } }),
    });
    expect(failuresOf(run, "t").map(({ message }) => message)).toEqual([
      'Service "late" of task "t" was not ready after 0.2 s',
      'Service "none" of task "t" could not start (there is no program no-such-program) before it was ready',
    ]);
  });

  it("that end while the command runs are told of when it fails", async () => {
    const crash = {
      run: node(
        `require("node:net").createServer((socket) => { socket.end(); setTimeout(() => process.exit(9), 20); }).listen(process.env.PORT, process.env.HOST);`,
      ),
    };
    const run = await new TestProject().run({ t: task({ run: "sleep 0.5; exit 1", services: { crash } }) });
    expect(failuresOf(run, "t").map(({ message }) => message)).toEqual([
      'Task "t" ended with exit code 1',
      'Service "crash" of task "t" ended with exit code 9 while the task was running',
    ]);
  });

  it("end with a cancelled run, also while they are being waited for", async () => {
    const stop = new AbortController();
    const services = { web: { run: node(server) }, never: { run: "sleep 1000" } };
    const run = await new TestProject().run(
      { t: task({ run: "true", services }) },
      { signal: stop.signal, emit: (event) => event.type === "taskStarted" && setTimeout(() => stop.abort(), 300) },
    );
    expect(run.result.outcome).toBe("cancelled");
  });

  it("count for the result: another service is another task", async () => {
    const project = new TestProject();
    const t = (text: string) =>
      task({ run: "true", inputs: [], services: { s: { run: node(server), provides: { TEXT: text } } } });
    await project.run({ t: t("a") });
    expect(outcomes(await project.run({ t: t("a") }))).toEqual({ t: "hit" });
    expect(reasons(await project.run({ t: t("b") })).t).toMatchObject({ reason: "changed", part: "task:services" });
  });

  it("do not take a port that is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const run = await new TestProject().run({
      t: task({ run: node("console.log(process.env.WEB_PORT)"), services: { web: { run: node(server) } } }),
    });
    expect(output(run, "t")).not.toEqual([String((taken.address() as { port: number }).port)]);
    taken.close();
  });
});

describe("the reason of a run without a change", () => {
  it("is that the last run failed, was cancelled, or that its result is gone or was not kept", async () => {
    const project = new TestProject({ "a.txt": "1", fail: "" });
    const t = task({ run: "test ! -e fail", inputs: ["a.txt"] });
    expect(reasons(await project.run({ t })).t).toEqual({ reason: "firstTime" });
    expect(reasons(await project.run({ t })).t).toEqual({ reason: "noResult", because: "failed", run: "1" });
    await project.run({ other: task({ run: "true" }) });
    expect(reasons(await project.run({ t })).t).toEqual({ reason: "noResult", because: "failed", run: "2" });
  });

  it("is that its result was not kept, and why", async () => {
    const project = new TestProject({ "a.txt": "1" });
    const t = task({ run: "echo 2 >> a.txt", inputs: ["a.txt"] });
    await project.run({ t });
    project.write("a.txt", "1");
    expect(reasons(await project.run({ t })).t).toEqual({
      reason: "noResult",
      because: "notStored",
      run: "1",
      detail: "a.txt",
    });
  });
});

describe("a variable that only a service of a task may see", () => {
  it("counts for the task's result: what the service answers depends on it", async () => {
    const project = new TestProject();
    const services = { db: { run: "echo ready; sleep 60", ready: { output: "ready" }, env: ["SCHEMA"] } } as const;
    const t = task({ run: "true", inputs: [], services });
    const run = (SCHEMA: string) =>
      project.run({ t }, { environment: { PATH: process.env.PATH ?? "", HOME: project.folder, SCHEMA } });
    expect(outcomes(await run("one"))).toEqual({ t: "ran" });
    expect(outcomes(await run("one"))).toEqual({ t: "hit" });
    const changed = await run("two");
    expect(outcomes(changed)).toEqual({ t: "ran" });
    expect(reasons(changed)).toMatchObject({ t: { reason: "changed", part: "env:SCHEMA" } });
  });
});
