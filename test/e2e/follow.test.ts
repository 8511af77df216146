import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Envelope } from "../../src/events/envelope.ts";
import type { RunningCli } from "../support/cli.ts";
import { envelopesOf } from "../support/events.ts";
import { eventually, type TestProject, testProject } from "../support/project.ts";

const who = { user: expect.any(String), host: expect.any(String), via: "cli" };

/** `history --follow --json` in another terminal. */
class Terminal {
  readonly #running: RunningCli;
  #text = "";

  constructor(project: TestProject, after: number) {
    this.#running = project.start("history", "--follow", "--after", String(after), "--json");
    this.#running.child.stdout!.on("data", (chunk: string) => {
      this.#text += chunk;
    });
  }

  get seen(): Envelope[] {
    return envelopesOf(this.#text.slice(0, this.#text.lastIndexOf("\n") + 1));
  }

  async until(fits: (envelope: Envelope) => boolean): Promise<void> {
    await eventually(() => expect(this.seen.some(fits)).toBe(true));
  }

  /** Ends as a crash of the terminal would. */
  async close(): Promise<Envelope[]> {
    this.#running.child.kill("SIGKILL");
    await this.#running.ended;
    return this.seen;
  }
}

const finished = (deployment: number) => (envelope: Envelope) =>
  envelope.event.type === "deploymentFinished" && envelope.event.deployment === deployment;

test("a second terminal sees what the first one sees; one that comes back in between has no gap and nothing twice, also across the death of the agent", async () => {
  const project = await testProject({ healthTimeout: "60s" });
  project.define(["staging"]);
  await project.ok("ship");
  const steady = new Terminal(project, 0);
  const first = new Terminal(project, 0);
  await first.until(finished(1));
  const before = await first.close();

  project.version("two", { startsAfter: "ready" });
  const shipping = project.start("ship", "--json");
  await steady.until(({ event }) => event.type === "instanceStarted" && event.instance === "d2-web-1");
  await project.kill(project.agent);
  await shipping.ended;
  const second = new Terminal(project, before.at(-1)!.seq);
  project.open("ready");
  await project.ok("env", "start", "staging");
  await second.until(finished(2));
  await steady.until(finished(2));

  const all = await steady.close();
  const union = [...before, ...(await second.close())];
  expect(union.slice(0, all.length)).toEqual(all.slice(0, union.length));
  const numbers = union.map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  // What was told to the caller has the same numbers.
  const told = envelopesOf((await shipping.ended).stdout).filter(
    ({ subject }) => subject.kind !== "run" && subject.kind !== "task",
  );
  for (const envelope of told.filter(({ event }) => event.type !== "releasePacked"))
    expect(union).toContainEqual(envelope);
  // Nothing that the journal knows was left untold by the agent that was killed, and nothing was told twice.
  const steps = union.filter(({ event }) => event.type === "stepFinished" && event.deployment === 2);
  const starts = union.filter(({ event }) => event.type === "stepStarted" && event.deployment === 2);
  const stepOf = ({ event }: Envelope) => ("step" in event ? event.step : undefined);
  expect(steps.map(stepOf)).toEqual([...new Set(steps.map(stepOf))]);
  expect(new Set(starts.map(stepOf))).toEqual(new Set(steps.map(stepOf)));
});

describe("who asked", () => {
  test("is told with deployments, abort, stop and destroy, and shown by the history, as text and never as anything else", async () => {
    const project = await testProject({ healthTimeout: "60s" });
    project.define(["staging"]);
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd: project.folder, env: { ...process.env, ...project.env } });
    git("init", "-q");
    git("config", "user.name", "Ada \u001b[31mLovelace\u202e");
    git("config", "user.email", "ada@example.org");
    await project.ok("ship");
    const by = { ...who, git: { name: "Ada \u001b[31mLovelace\u202e", email: "ada@example.org" } };
    const [deployed] = await project.json<object>("history");
    expect(deployed).toMatchObject({ id: 1, by });
    const shown = (await project.ok("history")).stdout;
    expect(shown).toContain("by Ada Lovelace");
    expect(shown).not.toContain("\u001b");
    expect(shown).not.toContain("\u202e");
    const explained = (await project.ok("explain", "1")).stdout;
    expect(explained).toContain("Asked for by Ada Lovelace <ada@example.org>");
    expect(explained).not.toContain("\u202e");

    project.version("two", { startsAfter: "never" });
    const shipping = project.start("ship");
    await project.until("staging", ({ instances }) => instances.some(({ id }) => id === "d2-web-1"));
    git("config", "user.name", "Grace");
    await project.ok("deploy", "staging", "--abort");
    await shipping.ended;
    await project.ok("env", "stop", "staging");
    await project.ok("env", "destroy", "staging", "--yes");
    const terminal = new Terminal(project, 0);
    await terminal.until(({ event }) => event.type === "environmentDestroyed");
    const told = await terminal.close();
    const byOf = (type: string) => told.filter(({ event }) => event.type === type).map((one) => one.by?.git?.name);
    expect(byOf("abortRequested")).toEqual(["Grace"]);
    expect(byOf("deploymentFinished")).toEqual([by.git.name, by.git.name]);
    expect(byOf("environmentStopped").every((name) => name === "Grace")).toBe(true);
    expect(byOf("environmentDestroyed")).toEqual(["Grace"]);
  });

  test("is told of rollbacks, of what they refuse, and of what lifts it", async () => {
    const project = await testProject({ env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" } });
    project.define(["staging"]);
    await project.ok("ship");
    project.version("two");
    await project.ok("ship");
    await project.ok("rollback", "staging", "--reason", "practice");
    const [refused] = await project.json<{ digest: string }>("release", "list");
    await project.ok("release", "clear", refused!.digest.slice(7, 19));
    const terminal = new Terminal(project, 0);
    await terminal.until(({ event }) => event.type === "releaseCleared");
    const about = { subject: { kind: "release", name: refused!.digest }, by: who };
    expect((await terminal.close()).filter(({ subject }) => subject.kind === "release")).toMatchObject([
      { ...about, event: { type: "releaseRefused", reason: "practice" } },
      { ...about, event: { type: "releaseCleared" } },
    ]);
  });

  test("does not matter where there is no git", async () => {
    const project = await testProject({ env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" } });
    project.define(["staging"]);
    await project.ok("ship");
    const [deployed] = await project.json<{ by: object }>("history");
    expect(deployed?.by).toEqual(who);
  });
});

test("the agent answers what is so and what happens, to whoever asks its socket", async () => {
  const project = await testProject();
  project.define(["staging"]);
  await project.ok("ship");
  const { socket } = JSON.parse(readFileSync(join(project.stateFolder, "agent.json"), "utf8"));
  const ask = (path: string, wanted = 0) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request({ socketPath: socket, path, agent: false }, (response) => {
        let text = "";
        const end = () => resolve({ status: response.statusCode ?? 0, text });
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
          if (wanted > 0 && text.split("\n").length > wanted) response.destroy();
        });
        response.once("close", end).once("error", () => {});
      });
      asked.once("error", reject).end();
    });
  const state = JSON.parse((await ask("/v1/state")).text);
  const [shown] = await project.json<object>("status");
  expect(state).toMatchObject({ v: 1, seq: expect.any(Number) });
  expect(state.environments).toMatchObject([{ ...shown, instances: [{ id: "d1-web-1", healthy: true }] }]);
  const kept = await ask("/v1/events?after=1", state.seq - 1);
  expect(envelopesOf(kept.text).map(({ seq }) => seq)).toEqual(Array.from({ length: state.seq - 1 }, (_, i) => i + 2));
  for (const after of ["x", "-1", "1.5"]) expect(await ask(`/v1/events?after=${after}`)).toMatchObject({ status: 400 });
});
