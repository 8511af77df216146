import { Agent } from "node:http";
import { describe, expect, it } from "vitest";
import type { EnvironmentRoutes, Gateway, Pool } from "../../src/gateway/gateway.ts";
import { freePort, startBackend, startRawBackend } from "./support/backend.ts";
import { ask, eventually, RawClient } from "./support/client.ts";

export interface GatewayUnderTest extends AsyncDisposable {
  readonly gateway: Gateway;
}

/** What every gateway must do. `makeGateway` gives a new one without routes; disposing of it ends what it started. */
export function describeGateway(name: string, makeGateway: () => Promise<GatewayUnderTest>): void {
  describe(`${name} as a gateway`, () => {
    describeRouting(makeGateway);
    describeSwitching(makeGateway);
    describeFencing(makeGateway);
    describeDraining(makeGateway);
    describeObserving(makeGateway);
  });
}

function table(port: number, pools: readonly Pool[], more: Partial<EnvironmentRoutes> = {}): EnvironmentRoutes {
  return {
    environment: "production",
    token: 7,
    listen: { host: "127.0.0.1", port },
    hosts: ["app.localhost"],
    routes: [{ prefix: "/", pools }],
    internal: [],
    ...more,
  };
}

function describeRouting(makeGateway: () => Promise<GatewayUnderTest>): void {
  it("gives requests to the environment that has their host", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using two = await startBackend("two");
    const port = await freePort();
    const pool = (backend: typeof one) => [{ release: "r", deployment: 1, share: 1, backends: [backend.backend] }];
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
      pools: [{ release: "r", deployment: 1, share: 1, backends: [backend.backend] }],
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

  it("shares requests by weight, over the pools that have instances", async () => {
    await using gateway = await makeGateway();
    await using old = await startBackend("old");
    await using fresh = await startBackend("fresh");
    await using none = await startBackend("none");
    const port = await freePort();
    const pools = [
      { release: "old", deployment: 1, share: 0.7, backends: [old.backend] },
      { release: "fresh", deployment: 2, share: 0.3, backends: [fresh.backend] },
      { release: "empty", deployment: 3, share: 10, backends: [] },
      { release: "none", deployment: 4, share: 0, backends: [none.backend] },
    ];
    await expectOk(gateway.gateway.apply(table(port, pools)));
    const counts: Record<string, number> = {};
    for (let request = 0; request < 100; request += 1) {
      const { body } = await ask({ port });
      counts[body] = (counts[body] ?? 0) + 1;
    }
    expect(counts).toEqual({ old: 70, fresh: 30 });
  });
}

function describeSwitching(makeGateway: () => Promise<GatewayUnderTest>): void {
  it("follows a new table on connections that were opened before it", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using two = await startBackend("two");
    const port = await freePort();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const backend of [one, two, one]) {
      const pools = [{ release: "r", deployment: 1, share: 1, backends: [backend.backend] }];
      await expectOk(gateway.gateway.apply(table(port, pools)));
      for (let request = 0; request < 3; request += 1)
        expect((await ask({ port, agent })).body).toBe(backend.backend.instance);
    }
    agent.destroy();
  });

  it("lets a request that is under way finish where it is", async () => {
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
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [slow.backend] }])),
    );
    const answer = ask({ port });
    await arrived.promise;
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [next.backend] }])),
    );
    expect((await ask({ port })).body).toBe("next");
    held.resolve();
    expect((await answer).body).toBe("begun finished");
  });

  it("moves an environment to another address and frees the old one", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const ports = [await freePort(), await freePort()] as const;
    const pools = [{ release: "r", deployment: 1, share: 1, backends: [one.backend] }];
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
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [one.backend] }])),
    );
    await expectOk(gateway.gateway.remove("production", 7));
    await expectOk(gateway.gateway.remove("production", 7));
    await expect(ask({ port })).rejects.toThrow(/ECONNREFUSED/);
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [one.backend] }])),
    );
    expect((await ask({ port })).body).toBe("one");
  });

  it("says which port is taken, and keeps the old table in force", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using other = await startBackend("other");
    const port = await freePort();
    const pools = [{ release: "r", deployment: 1, share: 1, backends: [one.backend] }];
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
    const refused = await gateway.gateway.apply(table(port, [], { environment: "staging" }));
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "port-in-use" }] });
  });

  it("refuses routes that make no sense, and keeps the old ones", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const port = await freePort();
    const pools = [{ release: "r", deployment: 1, share: 1, backends: [one.backend] }];
    await expectOk(gateway.gateway.apply(table(port, pools)));
    const wrong: Partial<EnvironmentRoutes>[] = [
      { environment: "../production" },
      { hosts: ["App.localhost"] },
      { hosts: ["app.localhost:80"] },
      { listen: { host: "127.0.0.1", port: 0 } },
      { listen: { host: "127.0.0.1", port: 70_000 } },
      { routes: [{ prefix: "api" as "/", pools: [] }] },
      { routes: [{ prefix: "/", pools: [{ release: "r", deployment: 1, share: -1, backends: [] }] }] },
      { token: 7.5 },
    ];
    for (const change of wrong) {
      const refused = await gateway.gateway.apply(table(port, pools, change));
      expect(refused).toMatchObject({ ok: false, failures: [{ code: "bad-arguments" }] });
    }
    expect((await ask({ port })).body).toBe("one");
  });
}

function describeFencing(makeGateway: () => Promise<GatewayUnderTest>): void {
  it("refuses a writer whose token is lower than the one in force", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const port = await freePort();
    const pools = [{ release: "r", deployment: 1, share: 1, backends: [one.backend] }];
    await expectOk(gateway.gateway.apply(table(port, pools, { token: 7 })));
    const stale = { ok: false, failures: [{ code: "stale-writer" }] };
    expect(await gateway.gateway.apply(table(port, [], { token: 6 }))).toMatchObject(stale);
    expect(await gateway.gateway.remove("production", 6)).toMatchObject(stale);
    expect((await ask({ port })).body).toBe("one");
    await expectOk(gateway.gateway.apply(table(port, pools, { token: 7 })));
    await expectOk(gateway.gateway.remove("production", 8));
    expect(await gateway.gateway.apply(table(port, pools, { token: 7 }))).toMatchObject(stale);
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

function describeDraining(makeGateway: () => Promise<GatewayUnderTest>): void {
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
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [slow.backend] }])),
    );
    const answer = ask({ port });
    await arrived.promise;
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [next.backend] }])),
    );
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
    await expectOk(
      gateway.gateway.apply(table(port, [{ release: "r", deployment: 1, share: 1, backends: [tunnel.backend] }])),
    );
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

function describeObserving(makeGateway: () => Promise<GatewayUnderTest>): void {
  it("tells the tables in force and what each instance did", async () => {
    await using gateway = await makeGateway();
    await using good = await startBackend("good");
    await using bad = await startBackend("bad", (_request, response) => {
      response.statusCode = 500;
      response.end();
    });
    const gone = { instance: "gone", address: `127.0.0.1:${await freePort()}` };
    const port = await freePort();
    const routes = table(port, [], {
      routes: [
        { prefix: "/", pools: [{ release: "a", deployment: 1, share: 1, backends: [good.backend] }] },
        { prefix: "/bad", pools: [{ release: "b", deployment: 1, share: 1, backends: [bad.backend] }] },
        { prefix: "/gone", pools: [{ release: "c", deployment: 1, share: 1, backends: [gone] }] },
      ],
    });
    await expectOk(gateway.gateway.apply(routes));
    for (const path of ["/", "/", "/bad", "/gone"]) await ask({ port, path });
    await eventually(async () => (await traffic(gateway)).every(({ underWay }) => underWay === 0));
    const observed = await gateway.gateway.observe();
    expect(observed).toMatchObject({
      ok: true,
      value: { processes: [{ pid: expect.any(Number) }], environments: [routes] },
    });
    const seen = await traffic(gateway);
    const none = { environment: "production", deployment: 1, internal: false, serverErrors: 0, connectErrors: 0 };
    expect(seen).toMatchObject([
      { ...none, instance: "good", release: "a", requests: 2, brokeOff: 0, underWay: 0 },
      { ...none, instance: "bad", release: "b", requests: 1, serverErrors: 1, brokeOff: 0, underWay: 0 },
      { ...none, instance: "gone", release: "c", requests: 1, connectErrors: 1, brokeOff: 0, underWay: 0 },
    ]);
    expect(seen.map(({ latency }) => latency.reduce((sum, count) => sum + count, 0))).toEqual([2, 1, 0]);
  });
}

async function traffic({ gateway }: GatewayUnderTest) {
  const observed = await gateway.observe();
  return observed.ok ? observed.value.instances : [];
}

async function expectOk(result: Promise<{ readonly ok: boolean }>): Promise<void> {
  expect(await result).toMatchObject({ ok: true });
}
