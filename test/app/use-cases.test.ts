import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { cacheStatusOf, pruneCache, verifyCacheOf } from "../../src/app/cache.ts";
import { check } from "../../src/app/check.ts";
import { checkConfigs } from "../../src/app/config/check.ts";
import { diffConfig } from "../../src/app/config/diff.ts";
import { explainConfig } from "../../src/app/config/explain.ts";
import { exportConfig } from "../../src/app/config/export.ts";
import { showConfig } from "../../src/app/config/show.ts";
import { doctor } from "../../src/app/doctor/doctor.ts";
import { explainTask } from "../../src/app/explain/explain-task.ts";
import { draftDefinition, init } from "../../src/app/init/init.ts";
import { logs } from "../../src/app/logs/logs.ts";
import type { RunRequest } from "../../src/app/run/request.ts";
import { run } from "../../src/app/run/run.ts";
import { askTests } from "../../src/app/tests.ts";
import { watchPipeline } from "../../src/app/watch/watch.ts";
import { ok } from "../../src/errors/result.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { failureOf, Listener, lendPackages, portsFor, unwrap } from "./ports.ts";

const definition = `import { defineProject, differs, local, rolling, task } from "tidegate";
import { z } from "zod";
const copy = task({ run: "mkdir -p out && cp in.txt out/ && echo copied", inputs: ["in.txt"], outputs: ["out/"] });
const sour = task({ run: "echo no good; exit 3", inputs: ["in.txt"] });
export default defineProject({
  name: "small",
  pipeline: { copy, sour },
  config: { LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty"), TTL: z.coerce.number().default(60) },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LEVEL: "debug" } },
    production: { driver: local(), strategy: rolling(), after: "staging", config: { LEVEL: "info" } },
  },
});
`;

function projectFolder(text = definition): string {
  const folder = tempFolder({ "tidegate.config.ts": text, "in.txt": "one" });
  lendPackages(folder);
  return folder;
}

const everything: RunRequest = {
  tasks: [],
  filters: [],
  affected: false,
  since: undefined,
  concurrency: undefined,
  force: false,
  confine: undefined,
  audit: false,
  failed: false,
  replay: false,
  junit: undefined,
};

describe("the pipeline, without a terminal", () => {
  test("runs, and what failed is part of the outcome", async () => {
    const ports = portsFor(projectFolder());
    const heard = new Listener();
    const outcome = unwrap(await run(ports, { ...everything, junit: "report.xml" }, heard.say));
    expect(outcome).toMatchObject({ ran: "tasks", unwritten: [], result: { outcome: "failed" } });
    expect(heard.types).toEqual(expect.arrayContaining(["runStarted", "taskFinished", "runFinished"]));
    expect(readFileSync(join(ports.folder, "report.xml"), "utf8")).toContain('name="sour"');

    const again = new Listener();
    const second = unwrap(await run(ports, { ...everything, tasks: ["copy"] }, again.say));
    expect(second).toMatchObject({ ran: "tasks", result: { outcome: "succeeded" } });
    expect(again.types).toContain("taskHit");
    expect(unwrap(await run(ports, { ...everything, failed: true }, again.say))).toEqual({ ran: "nothing", last: "2" });
  });

  test("says when it is ended from outside, and leaves nothing running", async () => {
    const text = definition.replace("mkdir -p out", "sleep 60; mkdir -p out");
    const stop = new AbortController();
    const heard = new Listener();
    const say: typeof heard.say = (said) => {
      heard.say(said);
      if ("type" in said && said.type === "taskStarted") stop.abort();
    };
    const ports = portsFor(projectFolder(text), {}, { signal: stop.signal });
    const outcome = unwrap(await run(ports, { ...everything, tasks: ["copy"] }, say));
    expect(outcome).toMatchObject({ result: { outcome: "cancelled" } });
    expect(heard.notices).toEqual([{ notice: "stopping" }]);
  });

  test("what a task wrote, why it ran and what is kept of it can be asked for", async () => {
    const ports = portsFor(projectFolder());
    const { say } = new Listener();
    await run(ports, everything, say);
    const found = unwrap(await logs(ports, { name: "copy", run: "last", lines: 10, follow: false }));
    expect(found).toMatchObject({ of: "task", task: "copy", run: "1", services: [] });
    expect(found.of === "task" && Buffer.from(found.bytes).toString()).toBe("copied\n");
    expect(unwrap(await explainTask(ports, { task: "sour", run: "last" }))).toMatchObject([
      { task: "sour", record: { result: { result: "failed" } } },
    ]);
    expect(unwrap(await cacheStatusOf(ports))).toMatchObject({ entries: 1 });
    expect(unwrap(await verifyCacheOf(ports, say))).toMatchObject({ entries: 1, damagedBlobs: [] });
    expect(unwrap(await pruneCache(ports, { all: true }, say))).toMatchObject({ entriesRemoved: 1, entriesLeft: 0 });
    expect(unwrap(await askTests(ports, { limit: 5 }))).toEqual([]);
  });

  test("is watched until nobody listens any more", async () => {
    const ports = portsFor(projectFolder());
    const gone = new AbortController();
    const heard = new Listener();
    const say: typeof heard.say = (said) => {
      heard.say(said);
      if ("type" in said && said.type === "watchWaiting") gone.abort();
    };
    const ran: boolean[] = [];
    const call = { tasks: ["copy"] };
    const end = await watchPipeline(ports, { call, say, onRun: (one) => ran.push(one.ok), gone: gone.signal });
    expect(end).toEqual(ok(undefined));
    expect(ran).toEqual([true]);
  });
});

describe("what can be known without running", () => {
  test("the whole project, its config by environment, and what differs", async () => {
    const ports = portsFor(projectFolder());
    expect(unwrap(await check(ports, { withoutSecrets: false }))).toMatchObject({ project: "small", environments: 2 });
    expect(unwrap(await checkConfigs(ports, { withoutSecrets: false }))).toEqual({
      keys: 2,
      environments: 2,
      skipped: [],
    });
    const shown = unwrap(await showConfig(ports, { environment: "production" }));
    expect(shown.map(({ environment, standings }) => [environment, standings.length])).toEqual([["production", 2]]);
    const compared = unwrap(await diffConfig(ports, { first: "staging", second: "production", all: false }));
    expect(compared.map(({ key }) => key)).toEqual(["LEVEL"]);
    const [explained] = unwrap(await explainConfig(ports, { key: "LEVEL", environment: "staging" }));
    expect(explained).toMatchObject({ explanation: { standing: { state: "set" } }, deployed: undefined });
    const exported = await exportConfig(ports, { environment: "staging", format: "env", withSecrets: false });
    expect(unwrap(exported)).toEqual({ text: "LEVEL=debug\nTTL=60\n", leftOut: 0 });
  });

  test("a name that there is not is a failure with a code, not a message on a screen", async () => {
    const ports = portsFor(projectFolder());
    expect(failureOf(await showConfig(ports, { environment: "prod" }))).toMatchObject({ code: "unknown-environment" });
    expect(failureOf(await explainConfig(ports, { key: "LEVELS" }))).toMatchObject({ code: "config-unknown" });
    expect(failureOf(await run(ports, { ...everything, tasks: ["cpy"] }, new Listener().say))).toMatchObject({
      code: "unknown-task",
    });
  });

  test("a machine is looked at, and a repository gets a definition", async () => {
    const folder = tempFolder({
      "package.json": `{ "scripts": { "test": "node --test" } }`,
      "package-lock.json": "{}",
    });
    const ports = portsFor(folder);
    expect((await doctor(ports)).map(({ what }) => what)).toEqual(
      expect.arrayContaining(["Node", "Definition", "Disk"]),
    );
    const { text } = await draftDefinition(ports);
    expect(unwrap(await init(ports, { force: false }))).toMatchObject({ found: ["Node (npm)"], left: [] });
    expect(readFileSync(join(folder, "tidegate.config.ts"), "utf8")).toBe(text);
    expect(failureOf(await init(ports, { force: false }))).toMatchObject({ code: "file-exists" });
  });
});
