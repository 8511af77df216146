import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Agent } from "../../src/agent/agent.ts";
import { Api } from "../../src/agent/api/api.ts";
import { callAgent } from "../../src/agent/client/call-agent.ts";
import { routes } from "../../src/agent/protocol/protocol.ts";
import type { AgentWorld } from "../../src/agent/world.ts";
import { ok } from "../../src/errors/result.ts";
import { digest } from "../environment/fixtures.ts";

let folder: string;
let socket: string;
let api: Api;
let calls: string[];
let reported: unknown[];
let isLeaving: boolean;
/** What a deployment does. */
let deploying: () => Promise<ReturnType<typeof ok>>;
/** What the only instance wrote. */
let output: Buffer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-api-"));
  socket = join(folder, "agent.sock");
  calls = [];
  reported = [];
  isLeaving = false;
  deploying = async () => ok();
  const noted = (name: string) => async (what: unknown) => {
    calls.push(`${name} ${typeof what === "string" ? what : (what as { environment?: string }).environment}`);
    return ok();
  };
  const driver = {
    observe: async () => ok([{ id: "a", service: "web", state: { state: "running" } }]),
    async *follow() {
      yield output;
    },
  };
  const agent = {
    busy: () => [],
    atWork: () => [],
    isIdle: () => true,
    deploy: async () => {
      calls.push("deploy");
      return deploying();
    },
    rollback: noted("rollback"),
    abort: noted("abort"),
    start: noted("start"),
    stop: noted("stop"),
    destroy: noted("destroy"),
    environment: async () => ok({ driver, secrets: [] }),
  } as unknown as Agent;
  const world = {
    report: (problem: unknown) => reported.push(problem),
    now: () => 0,
    paths: { database: join(folder, "db") },
    gateway: { observe: async () => ok({}) },
  };
  api = new Api({
    agent,
    world: world as unknown as AgentWorld,
    version: "1",
    quit: () => {},
    rest: () => {},
    isLeaving: () => isLeaving,
  });
  await new Promise<void>((resolve) => api.server.listen(socket, resolve));
});

afterEach(async () => {
  api.server.closeAllConnections();
  await new Promise((resolve) => api.server.close(resolve));
  rmSync(folder, { recursive: true });
});

function send(method: string, path: string, body: string | Buffer): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const asked = request({ socketPath: socket, method, path, agent: false }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
  });
  asked.on("error", reject);
  asked.end(body);
  return promise;
}

const isAlive = async () => expect((await send("GET", routes.about, "")).status).toBe(200);

const spec = {
  environment: "staging",
  release: digest("a"),
  kind: "deploy",
  strategy: { strategy: "rolling", batch: 1 },
  url: "http://localhost:1",
  services: [{ name: "web", run: "x", healthTimeoutMs: 1, graceMs: 1, route: "/", replicas: 1 }],
  checks: [],
  config: {},
  secrets: {},
};

describe("the agent's socket", () => {
  test("takes a call that is as it should be", async () => {
    expect(await callAgent(socket, routes.deploy, { spec, secrets: {}, wait: true }, {})).toEqual(ok());
    expect(calls).toEqual(["deploy"]);
  });

  test.each<[string, string, unknown]>([
    ["nothing", routes.deploy, {}],
    ["null", routes.stop, null],
    ["a list", routes.rollback, []],
    ["a text", routes.abort, "staging"],
    ["an environment that leads out of the state folder", routes.destroy, { environment: "../../.." }],
    ["an environment with a slash", routes.destroy, { environment: "a/b" }],
    ["a hidden environment", routes.destroy, { environment: ".." }],
    ["an environment that is an object", routes.stop, { environment: { toString: "staging" } }],
    ["a release that is a path", routes.deploy, { spec: { ...spec, release: "../../etc" }, secrets: {}, wait: true }],
    ["an address that is none", routes.deploy, { spec: { ...spec, url: "::" }, secrets: {}, wait: true }],
    [
      "an unknown strategy",
      routes.deploy,
      { spec: { ...spec, strategy: { strategy: "hope" } }, secrets: {}, wait: true },
    ],
    [
      "a million instances",
      routes.deploy,
      { spec: { ...spec, services: [{ ...spec.services[0], replicas: 1e6 }] }, secrets: {}, wait: true },
    ],
    ["no services at all", routes.deploy, { spec: { ...spec, services: null }, secrets: {}, wait: true }],
    ["more than is known", routes.deploy, { spec: { ...spec, surprise: 1 }, secrets: {}, wait: true }],
    ["a secret that is no text", routes.deploy, { spec, secrets: { TOKEN: 5 }, wait: true }],
    ["lines without end", routes.logs, { environment: "staging", lines: 1e12, follow: false }],
  ])("refuses %s, and nothing is done", async (_, route, body) => {
    const refused = await callAgent(socket, route, body as object, {});
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "bad-arguments" }] });
    expect(calls).toEqual([]);
    await isAlive();
  });

  test("never repeats a value that it refuses: it may be a secret", async () => {
    const { body } = await send(
      "POST",
      routes.deploy,
      JSON.stringify({ spec, secrets: { TOKEN: ["hunter2"] }, wait: "hunter2" }),
    );
    expect(body).toContain("secrets.TOKEN");
    expect(body).not.toContain("hunter2");
  });

  test.each<[string, string | Buffer, number]>([
    ["garbage", "{{{", 400],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00]), 400],
    ["nothing at all", "", 400],
    ["more than any definition needs", Buffer.alloc(9 << 20, 32), 413],
  ])("answers %s with a status and goes on", async (_, body, status) => {
    expect((await send("POST", routes.deploy, body)).status).toBe(status);
    expect(calls).toEqual([]);
    await isAlive();
  });

  test("passes on what instances wrote byte for byte, be it text or not", async () => {
    output = Buffer.from("grüße \ufffd\n\xff\r\n");
    const raw = Buffer.from("caf\xe9\0\n", "latin1");
    for (const written of [output, raw, Buffer.concat([output, raw])]) {
      output = written;
      const heard: Uint8Array[] = [];
      const call = { environment: "staging", lines: 9, follow: false };
      expect(await callAgent(socket, routes.logs, call, { onOutput: (bytes) => heard.push(bytes) })).toEqual(ok());
      expect(Buffer.concat(heard)).toEqual(written);
    }
  });

  test("knows only its own calls", async () => {
    for (const path of ["/", "/v1/deployments/", "/__proto__", "/constructor", "/v1/about"])
      expect((await send("POST", path, "{}")).status).toBe(404);
    expect((await send("DELETE", routes.stop, "{}")).status).toBe(404);
  });

  test("survives callers that hang up in the middle of what they say", async () => {
    for (const beginning of [
      "POST ",
      `POST ${routes.deploy} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"spec"`,
      "\0\0\0\0",
    ]) {
      await new Promise<void>((resolve) => {
        const raw = connect(socket, () => raw.write(beginning, () => raw.destroy()));
        raw.on("close", () => resolve());
        raw.on("error", () => {});
      });
    }
    await isAlive();
    await expect.poll(() => api.isQuiet).toBe(true);
    expect(reported).toEqual([]);
  });

  test("turns a bug into an answer, and reports it", async () => {
    deploying = () => Promise.reject(new Error("a bug"));
    const answer = await callAgent(socket, routes.deploy, { spec, secrets: {}, wait: true }, {});
    expect(answer).toMatchObject({ ok: false, failures: [{ code: "internal" }] });
    expect(reported).toHaveLength(1);
    await isAlive();
  });

  test("takes no call while the agent leaves, so that the next agent can have it", async () => {
    isLeaving = true;
    expect(await callAgent(socket, routes.deploy, { spec, secrets: {}, wait: true }, {})).toBe("notTaken");
    expect(calls).toEqual([]);
  });

  test("a call to a socket that nobody listens on was not taken; one that was begun and broke off was", async () => {
    expect(await callAgent(join(folder, "none.sock"), routes.stop, { environment: "staging" }, {})).toBe("notTaken");
    deploying = () => new Promise(() => {});
    const answer = callAgent(socket, routes.deploy, { spec, secrets: {}, wait: true }, {});
    await expect.poll(() => calls).toEqual(["deploy"]);
    api.server.closeAllConnections();
    expect(await answer).toMatchObject({ ok: false, failures: [{ code: "agent-unreachable" }] });
  });

  test("a caller that was interrupted before asking is told that nothing was asked", async () => {
    const answer = await callAgent(
      socket,
      routes.deploy,
      { spec, secrets: {}, wait: true },
      { signal: AbortSignal.abort() },
    );
    expect(answer).toMatchObject({
      failures: [{ code: "interrupted", message: "Interrupted before the agent was asked to do anything" }],
    });
    expect(calls).toEqual([]);
  });
});
