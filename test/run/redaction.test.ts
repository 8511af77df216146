import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { writeRunJunit } from "../../src/app/run/run-junit.ts";
import { defineProject, secret, service, task } from "../../src/definition/builders.ts";
import type { Event } from "../../src/events/event.ts";
import { RunSpans } from "../../src/run/telemetry/run-spans.ts";
import { credentialsIn } from "../../src/secrets/credentials-in.ts";
import { refusal } from "../../src/secrets/redaction/refusal.ts";
import { thirty, writers } from "../secrets/redaction/samples.ts";
import { decisions, failuresOf, outcomes, output, TestProject } from "./project.ts";

const child = join(import.meta.dirname, "redaction-child.ts");
const variables = Object.fromEntries(thirty.map((value, index) => [`SECRET_${index}`, value]));

interface Call {
  readonly size: number;
  readonly exit: 0 | 1;
  readonly isSecret: boolean;
}

/** Runs the careless task, and collects everything that it could be read from afterwards. */
async function channels({ size, exit, isSecret }: Call) {
  const project = new TestProject({ "input.txt": "1" });
  const careless = task({
    run: [process.execPath, child, String(size), String(exit)],
    inputs: ["input.txt"],
    outputs: ["dist/"],
    env: Object.keys(variables),
    reports: { junit: "reports/junit.xml", coverage: { lcov: "reports/lcov.info", minimum: 0 } },
  });
  const keys = isSecret ? Object.keys(variables) : [];
  const config = Object.fromEntries(keys.map((key) => [key, secret(z.string())]));
  const definition = defineProject({ name: "test", pipeline: { careless }, services: {}, config, environments: {} });
  const spans = new RunSpans(undefined);
  const environment = { PATH: process.env.PATH ?? "", HOME: project.folder, ...variables };
  const run = await project.run(
    { careless },
    { project: definition, environment, emit: (event: Event) => spans.apply(event, 0) },
  );
  writeRunJunit(project.at("run.xml"), "test", run.result);
  const files = (folder: string) => {
    const found = readdirSync(project.at(folder), { recursive: true, withFileTypes: true });
    return found.filter((one) => one.isFile()).map((one) => readFileSync(join(one.parentPath, one.name)));
  };
  return {
    run,
    all: {
      // Bytes and their decoded texts: JSON of an event hides what an encoding of its own would show.
      output: output(run, "careless").join("\n"),
      events: JSON.stringify(run.events),
      failures: failuresOf(run, "careless").flatMap(Object.values).join("\n"),
      spans: JSON.stringify(spans.take()),
      state: Buffer.concat(files(".tidegate")).toString("utf8"),
      reports: Buffer.concat([...files("reports"), readFileSync(project.at("run.xml"))]).toString("utf8"),
    },
  };
}

function leaks(text: string): string[] {
  return thirty.flatMap((value, index) => {
    const found = Object.entries(writers).filter(([, write]) => text.includes(core(write(value))));
    return found.map(([name]) => `SECRET_${index} ${name}`);
  });
}

/** What is certainly the secret's: without what stands at its edges. */
function core(text: string): string {
  const edge = Math.min(12, Math.floor(text.length / 4));
  return text.slice(edge, text.length - edge);
}

const everything = thirty.length * Object.keys(writers).length;

describe("promise 6: thirty secrets that a task tells in every encoding", () => {
  it("are none that would be refused", () => {
    expect(thirty.filter((value) => refusal(value) !== undefined)).toEqual([]);
  });

  it("are found in every channel by the control, where they are not declared as secrets", async () => {
    const { all, run } = await channels({ size: 65_536, exit: 0, isSecret: false });
    expect(outcomes(run)).toEqual({ careless: "failed" });
    // Values with line ends stand in several events.
    expect(leaks(all.output).length).toBeGreaterThan(everything * 0.9);
    // Passwords in addresses are hidden wherever they come from.
    const addresses = thirty.filter((value) => credentialsIn(value).some((one) => refusal(one) === undefined));
    expect(leaks(all.state).length).toBe(everything - addresses.length * Object.keys(writers).length);
    expect(leaks(all.reports).length).toBeGreaterThan(thirty.length);
    expect(leaks(all.failures).length).toBeGreaterThan(0);
    expect(leaks(all.events).length).toBeGreaterThan(0);
  });

  it.each([7, 1021, 4096, 65_536])("are in no channel when it writes pieces of %i bytes", async (size) => {
    const { all, run } = await channels({ size, exit: 1, isSecret: true });
    expect(outcomes(run)).toEqual({ careless: "failed" });
    expect(Object.fromEntries(Object.entries(all).map(([name, text]) => [name, leaks(text)]))).toEqual({
      output: [],
      events: [],
      failures: [],
      spans: [],
      state: [],
      reports: [],
    });
    expect(all.output).toContain("<SECRET_0 plain> [secret] </>");
  });
});

describe("a task with a secret", () => {
  const definition = (pipeline: Parameters<TestProject["run"]>[0]) =>
    defineProject({
      name: "test",
      pipeline,
      services: { web: service({ run: "true", files: [] }) },
      config: { API_TOKEN: secret(z.string()) },
      environments: { "eu-west": { driver: { kind: "driver", name: "local" } as never, config: {} } },
    } as never);
  const token = "tok_9f8e7d6c5b4a3210";
  const environment = (more: Record<string, string>) => ({ PATH: process.env.PATH ?? "", ...more });

  it("is not cached when an output contains it, and says which", async () => {
    const project = new TestProject({ "a.txt": "1" });
    const build = task({
      run: "mkdir -p dist && printenv API_TOKEN > dist/app.js",
      inputs: ["a.txt"],
      outputs: ["dist/"],
      env: ["API_TOKEN"],
    });
    const call = { project: definition({ build }), environment: environment({ API_TOKEN: token }) };
    const run = await project.run({ build }, call);
    expect(decisions(run).build).toEqual({
      stored: false,
      because: "storeFailed",
      detail: "The output dist/app.js contains a secret",
    });
    expect(outcomes(await project.run({ build }, call))).toEqual({ build: "ran" });
    // Its own output is left as it is: what it is for is its own business.
    expect(readFileSync(project.at("dist/app.js"), "utf8")).toBe(`${token}\n`);
  });

  it("runs again when its variable was no declared secret before: what was kept then may show it", async () => {
    const project = new TestProject({ "a.txt": "1" });
    const careless = task({ run: "printenv API_TOKEN", inputs: ["a.txt"], env: ["API_TOKEN"] });
    const open = { environment: environment({ API_TOKEN: token }) };
    expect(output(await project.run({ careless }, open), "careless")).toEqual([token]);
    const declared = { ...open, project: definition({ careless }), replay: true };
    const run = await project.run({ careless }, declared);
    expect(outcomes(run)).toEqual({ careless: "ran" });
    expect(output(run, "careless")).toEqual(["[secret]"]);
    expect(outcomes(await project.run({ careless }, declared))).toEqual({ careless: "hit" });
  });

  it("is hidden also under the name that it has for one environment, and in the output of services beside it", async () => {
    const project = new TestProject({ "a.txt": "1" });
    const script =
      'console.log("up " + process.env.EU_WEST_API_TOKEN); require("net").createServer().listen(process.env.PORT, process.env.HOST)';
    const t = task({
      run: "printenv OTHER",
      env: ["OTHER"],
      services: { db: { run: [process.execPath, "-e", script], env: ["EU_WEST_API_TOKEN"] } },
    });
    const run = await project.run(
      { t },
      { project: definition({ t }), environment: environment({ EU_WEST_API_TOKEN: token, OTHER: `x ${token}` }) },
    );
    expect(output(run, "t")).toEqual(["x [secret]"]);
    const logs = readdirSync(project.at(".tidegate"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".log"),
    );
    expect(logs.length).toBe(2);
    const told = logs.map((name) => readFileSync(project.at(`.tidegate/${name}`), "utf8")).join("");
    expect(told).toContain("up [secret]");
    expect(told).not.toContain(token);
  });

  it("shows what is too trivial to be one", async () => {
    const t = task({ run: "printenv API_TOKEN", env: ["API_TOKEN"] });
    const run = await new TestProject().run(
      { t },
      { project: definition({ t }), environment: environment({ API_TOKEN: "true" }) },
    );
    expect(output(run, "t")).toEqual(["true"]);
  });
});

describe("promise 6: credentials in the address of a proxy or a registry, which every task gets", () => {
  it("are in nothing that is kept or shown, whether the variable is declared or not", async () => {
    const project = new TestProject();
    const addresses = {
      HTTPS_PROXY: "http://anna:proxy-pass-1@proxy.example.org:3128",
      NPM_CONFIG_REGISTRY: "https://registry-token-2@packages.example.org/npm/",
      PIP_INDEX_URL: "https://ci:p%40ss-word-3@packages.example.org/pip/",
      MIRROR: "https://ci:mirror-pass-4@mirror.example.org/",
    };
    const told = `env | grep -E "example.org"; echo "a p@ss-word-3 b"; echo proxy.example.org`;
    const tells = task({ run: told, inputs: [], env: ["MIRROR"] });
    const environment = { PATH: process.env.PATH ?? "", HOME: project.folder, ...addresses };
    const run = await project.run({ tells }, { environment });
    const all = [...output(run, "tells"), JSON.stringify(run.events)].join("\n");
    for (const each of ["proxy-pass-1", "registry-token-2", "p%40ss-word-3", "p@ss-word-3", "mirror-pass-4"])
      expect(all).not.toContain(each);
    expect(output(run, "tells").filter((line) => line.includes("example.org"))).toHaveLength(5);
  });
});
