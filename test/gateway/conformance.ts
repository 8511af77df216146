import { Agent } from "node:http";
import { describe, expect, it } from "vitest";
import type { EnvironmentRoutes, Route } from "../../src/gateway/gateway.ts";
import { describeCounting } from "./conformance-counting.ts";
import { describeInternal } from "./conformance-internal.ts";
import { freePort, startBackend, startRawBackend } from "./support/backend.ts";
import { ask, RawClient } from "./support/client.ts";
import { expectOk, internalTo, type MakeGateway, only, table } from "./support/under-test.ts";

/** What every gateway must do. `makeGateway` gives a new one without routes; disposing of it ends what it started. */
export function describeGateway(name: string, makeGateway: MakeGateway): void {
  describe(`${name} as a gateway`, () => {
    describeRouting(makeGateway);
    describeSwitching(makeGateway);
    describeFencing(makeGateway);
    describeDraining(makeGateway);
    describeCounting(makeGateway);
    describeInternal(makeGateway);
  });
}

function describeRouting(makeGateway: MakeGateway): void {
  it("gives requests to the environment that has their host", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using two = await startBackend("two");
    const port = await freePort();
    const pool = (backend: typeof one) => only(backend.backend);
    await expectOk(gateway.gateway.apply(table(port, pool(one))));
    const other = table(port, pool(two), { environment: "staging", hosts: ["staging.localhost", "s.localhost"] });
    await expectOk(gateway.gateway.apply(other));
    expect((await ask({ port })).body).toBe("one");
    expect((await ask({ port, host: `APP.localhost:${port}` })).body).toBe("one");
    expect((await ask({ port, host: "s.localhost" })).body).toBe("two");
    const unknown = await ask({ port, host: "elsewhere.localhost" });
    expect(unknown.status).toBe(404);
    expect(unknown.body).not.toMatch(/localhost|127\.0\.0\.1|production/);
  });

  it("takes the longest prefix that ends with a segment", async () => {
    await using gateway = await makeGateway();
    await using root = await startBackend("root");
    await using api = await startBackend("api");
    await using deep = await startBackend("deep");
    const port = await freePort();
    const to = (prefix: `/${string}`, backend: typeof root) => ({
      prefix,
      pools: only(backend.backend),
    });
    const routes = [to("/", root), to("/api", api), to("/api/deep/", deep)];
    await expectOk(gateway.gateway.apply(table(port, [], { routes })));
    const paths = ["/", "/a", "/api", "/api?x", "/api/", "/apiary", "/api/deep", "/api/deep/x", "/api/deeper", "/API"];
    const bodies: string[] = [];
    for (const path of paths) bodies.push((await ask({ port, path })).body);
    expect(bodies).toEqual(["root", "root", "api", "api", "api", "root", "deep", "deep", "api", "root"]);
  });

  it("answers 404 where no route is, and 503 with Retry-After where no instance is", async () => {
    await using gateway = await makeGateway();
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, [], { routes: [{ prefix: "/api", pools: [] }] })));
    expect((await ask({ port, path: "/" })).status).toBe(404);
    const answer = await ask({ port, path: "/api" });
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
  });

  it("shares requests exactly, over the pools that have instances", async () => {
    await using gateway = await makeGateway();
    await using old = await startBackend("old");
    await using fresh = await startBackend("fresh");
    await using none = await startBackend("none");
    const port = await freePort();
    const pools = [
      { deployment: 1, release: "old", share: 0.7, backends: [old.backend] },
      { deployment: 2, release: "fresh", share: 0.3, backends: [fresh.backend] },
      { deployment: 3, release: "empty", share: 10, backends: [] },
      { deployment: 4, release: "none", share: 0, backends: [none.backend] },
    ];
    await expectOk(gateway.gateway.apply(table(port, pools)));
    const counts = await countAnswers(port, 100);
    expect(counts.old! + counts.fresh!).toBe(100);
    // Each process is exact by itself, rounded up or down.
    const { processes } = await expectOk(gateway.gateway.observe());
    expect(Math.abs(counts.old! - 70)).toBeLessThan(processes.length);
  });

  it("keeps shares exact across tables that only change instances", async () => {
    await using gateway = await makeGateway();
    await using old = await startBackend("old");
    await using fresh = await startBackend("fresh");
    const port = await freePort();
    const counts: Record<string, number> = {};
    for (let change = 0; change < 40; change += 1) {
      const gone = { instance: `gone-${change}`, address: `127.0.0.1:${old.port}` };
      const pools = [
        { deployment: 1, release: "old", share: 0.9, backends: [old.backend, gone] },
        { deployment: 2, release: "fresh", share: 0.1, backends: [fresh.backend] },
      ];
      await expectOk(gateway.gateway.apply(table(port, pools)));
      const answers = await countAnswers(port, 3);
      for (const [name, count] of Object.entries(answers)) counts[name] = (counts[name] ?? 0) + count;
    }
    const { processes } = await expectOk(gateway.gateway.observe());
    expect(Math.abs(counts.fresh! - 12)).toBeLessThan(processes.length);
  });

  it("gives a host of its own its own routes, and no others", async () => {
    await using gateway = await makeGateway();
    await using web = await startBackend("web");
    await using api = await startBackend("api");
    await using admin = await startBackend("admin");
    const port = await freePort();
    const routes: Route[] = [
      { prefix: "/", pools: only(web.backend) },
      { prefix: "/admin", pools: only(web.backend) },
      { host: "api.localhost", prefix: "/", pools: only(api.backend) },
      { host: "api.localhost", prefix: "/v1/only", pools: [] },
      { host: "app.localhost", prefix: "/admin", pools: only(admin.backend) },
      { host: "half.localhost", prefix: "/half", pools: only(api.backend) },
    ];
    await expectOk(gateway.gateway.apply(table(port, [], { routes, hosts: ["app.localhost", "www.localhost"] })));
    const answers = [];
    for (const url of [
      "app.localhost/",
      "app.localhost/admin/x",
      "www.localhost/admin",
      "api.localhost/admin",
      "api.localhost/v1",
      "api.localhost/v1/only",
      "half.localhost/half",
      "half.localhost/",
      "other.localhost/",
    ]) {
      const [host = "", ...path] = url.split("/");
      const { status, body } = await ask({ port, host, path: `/${path.join("/")}` });
      answers.push(status === 200 ? body : status);
    }
    expect(answers).toEqual(["web", "admin", "web", "api", "api", 503, "api", 404, 404]);
  });
}

async function countAnswers(port: number, requests: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let request = 0; request < requests; request += 1) {
    const { body } = await ask({ port });
    counts[body] = (counts[body] ?? 0) + 1;
  }
  return counts;
}

function describeSwitching(makeGateway: MakeGateway): void {
  it("promise 12: follows a new table on connections that were opened before it", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using two = await startBackend("two");
    const port = await freePort();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const backend of [one, two, one]) {
      const pools = only(backend.backend);
      await expectOk(gateway.gateway.apply(table(port, pools)));
      for (let request = 0; request < 3; request += 1)
        expect((await ask({ port, agent })).body).toBe(backend.backend.instance);
    }
    agent.destroy();
  });

  it("promise 12: lets a request that is under way finish where it is", async () => {
    await using gateway = await makeGateway();
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using slow = await startBackend("slow", async (_request, response) => {
      response.write("begun ");
      arrived.resolve();
      await held.promise;
      response.end("finished");
    });
    await using next = await startBackend("next");
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(slow.backend))));
    const answer = ask({ port });
    await arrived.promise;
    await expectOk(gateway.gateway.apply(table(port, only(next.backend))));
    expect((await ask({ port })).body).toBe("next");
    held.resolve();
    expect((await answer).body).toBe("begun finished");
  });

  it("moves an environment to another address and frees the old one", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const ports = [await freePort(), await freePort()] as const;
    const pools = only(one.backend);
    await expectOk(gateway.gateway.apply(table(ports[0], pools)));
    await expectOk(gateway.gateway.apply(table(ports[1], pools)));
    expect((await ask({ port: ports[1] })).body).toBe("one");
    await using taken = await startBackend("taken", undefined, ports[0]);
    expect((await ask({ port: taken.port })).body).toBe("taken");
  });

  it("removes an environment, once or twice, and frees its address", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(one.backend))));
    await expectOk(gateway.gateway.remove("production", 7));
    await expectOk(gateway.gateway.remove("production", 7));
    await expect(ask({ port })).rejects.toThrow(/ECONNREFUSED/);
    await expectOk(gateway.gateway.apply(table(port, only(one.backend))));
    expect((await ask({ port })).body).toBe("one");
  });

  it("says which port is taken, and keeps the old table in force", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using other = await startBackend("other");
    const port = await freePort();
    const pools = only(one.backend);
    await expectOk(gateway.gateway.apply(table(port, pools)));
    const refused = await gateway.gateway.apply(table(other.port, pools, { token: 8 }));
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "port-in-use" }] });
    expect(refused.ok ? "" : refused.failures[0]?.message).toContain(String(other.port));
    expect((await ask({ port })).body).toBe("one");
  });

  it("refuses a host that another environment has at the same address", async () => {
    await using gateway = await makeGateway();
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, [])));
    const taken = { ok: false, failures: [{ code: "port-in-use" }] };
    expect(await gateway.gateway.apply(table(port, [], { environment: "staging" }))).toMatchObject(taken);
    const ofService = {
      environment: "staging",
      hosts: [],
      routes: [{ host: "app.localhost", prefix: "/" as const, pools: [] }],
    };
    expect(await gateway.gateway.apply(table(port, [], ofService))).toMatchObject(taken);
  });

  it("refuses routes that make no sense, and keeps the old ones", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const port = await freePort();
    const pools = only(one.backend);
    await expectOk(gateway.gateway.apply(table(port, pools)));
    const wrong: Partial<EnvironmentRoutes>[] = [
      { environment: "../production" },
      { hosts: ["App.localhost"] },
      { hosts: ["app.localhost:80"] },
      { listen: { host: "127.0.0.1", port: 0 } },
      { listen: { host: "127.0.0.1", port: 70_000 } },
      { routes: [{ prefix: "api" as "/", pools: [] }] },
      { routes: [{ prefix: "/", pools: [{ deployment: 1, release: "r", share: -1, backends: [] }] }] },
      { token: 7.5 },
      { routes: [{ host: "App.localhost", prefix: "/", pools: [] }] },
      { routes: [{ prefix: "/", pools: only({ instance: "one", address: "127.0.0.1" }) }] },
      { internal: [internalTo("api", 1, []), internalTo("api", 1, [])] },
    ];
    for (const change of wrong) {
      const refused = await gateway.gateway.apply(table(port, pools, change));
      expect(refused).toMatchObject({ ok: false, failures: [{ code: "bad-arguments" }] });
    }
    expect((await ask({ port })).body).toBe("one");
  });
}

function describeFencing(makeGateway: MakeGateway): void {
  it("promise 16: refuses a writer whose token is lower than the one in force", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const port = await freePort();
    const pools = only(one.backend);
    await expectOk(gateway.gateway.apply(table(port, pools, { token: 7 })));
    const stale = { ok: false, failures: [{ code: "stale-writer" }] };
    expect(await gateway.gateway.apply(table(port, [], { token: 6 }))).toMatchObject(stale);
    expect(await gateway.gateway.remove("production", 6)).toMatchObject(stale);
    expect((await ask({ port })).body).toBe("one");
    await expectOk(gateway.gateway.apply(table(port, pools, { token: 7 })));
    await expectOk(gateway.gateway.remove("production", 8));
    expect(await gateway.gateway.apply(table(port, pools, { token: 7 }))).toMatchObject(stale);
  });

  it("promise 16: refuses it for ever, also when it slept through a removal and a restart", async (context) => {
    await using gateway = await makeGateway();
    if (gateway.restart === undefined) return context.skip("there is no process to restart");
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, [], { token: 7 })));
    await expectOk(gateway.gateway.remove("production", 8));
    await gateway.restart();
    const stale = { ok: false, failures: [{ code: "stale-writer" }] };
    expect(await gateway.gateway.apply(table(port, [], { token: 7 }))).toMatchObject(stale);
    expect(await gateway.gateway.remove("production", 7)).toMatchObject(stale);
    await expect(ask({ port })).rejects.toThrow(/ECONNREFUSED/);
    expect(await expectOk(gateway.gateway.observe())).toMatchObject({
      environments: [],
      removed: [{ environment: "production", token: 8 }],
    });
    await expectOk(gateway.gateway.apply(table(port, [], { token: 8 })));
    expect((await expectOk(gateway.gateway.observe())).removed).toEqual([]);
  });

  it("has a token per environment", async () => {
    await using gateway = await makeGateway();
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, [], { token: 7 })));
    await expectOk(
      gateway.gateway.apply(table(port, [], { token: 1, environment: "staging", hosts: ["s.localhost"] })),
    );
  });
}

function describeDraining(makeGateway: MakeGateway): void {
  it("waits for the requests under way at the instances it is asked about, no longer", async () => {
    await using gateway = await makeGateway();
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using slow = await startBackend("slow", async (_request, response) => {
      arrived.resolve();
      await held.promise;
      response.end("done");
    });
    await using next = await startBackend("next");
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(slow.backend))));
    const answer = ask({ port });
    await arrived.promise;
    await expectOk(gateway.gateway.apply(table(port, only(next.backend))));
    expect(await gateway.gateway.drain(["next", "unknown"], 60_000)).toEqual({ ok: true, value: { left: 0 } });
    expect(await gateway.gateway.drain(["slow"], 10)).toEqual({ ok: true, value: { left: 1 } });
    expect(await gateway.gateway.drain(["slow"], 10, "staging")).toEqual({ ok: true, value: { left: 0 } });
    const drained = gateway.gateway.drain(["slow"], 60_000, "production");
    held.resolve();
    expect(await drained).toEqual({ ok: true, value: { left: 0 } });
    expect((await answer).body).toBe("done");
  });

  it("counts a tunnel as under way until it is closed", async () => {
    await using gateway = await makeGateway();
    await using tunnel = await startRawBackend("tunnel", (socket) => {
      socket.once("data", () => socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"));
      socket.on("end", () => socket.end());
    });
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(tunnel.backend))));
    const client = await RawClient.open(port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    await client.until(/101 Switching/);
    expect(await gateway.gateway.drain(["tunnel"], 10)).toEqual({ ok: true, value: { left: 1 } });
    const drained = gateway.gateway.drain(["tunnel"], 60_000);
    client.socket.end();
    expect(await drained).toEqual({ ok: true, value: { left: 0 } });
    await client.closed();
  });
}
