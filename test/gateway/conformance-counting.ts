import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "vitest";
import { latencyBoundsMs } from "../../src/gateway/gateway.ts";
import { freePort, startBackend } from "./support/backend.ts";
import { ask, eventually, RawClient } from "./support/client.ts";
import { expectOk, type MakeGateway, only, table, traffic } from "./support/under-test.ts";

/** What every gateway tells of its tables and its instances. */
export function describeCounting(makeGateway: MakeGateway): void {
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
    const { environments, processes } = await expectOk(gateway.gateway.observe());
    expect(environments).toEqual([routes]);
    expect(processes[0]).toEqual({ pid: expect.any(Number), since: expect.any(Number) });
    const seen = await traffic(gateway);
    const none = { environment: "production", deployment: 1, internal: false, serverErrors: 0, connectErrors: 0 };
    expect(seen).toMatchObject([
      { ...none, instance: "good", release: "a", requests: 2, brokeOff: 0, underWay: 0 },
      { ...none, instance: "bad", release: "b", requests: 1, serverErrors: 1, brokeOff: 0, underWay: 0 },
      { ...none, instance: "gone", release: "c", requests: 1, connectErrors: 1, brokeOff: 0, underWay: 0 },
    ]);
    expect(seen.map(({ latency }) => latency.reduce((sum, count) => sum + count, 0))).toEqual([2, 1, 0]);
  });

  it("says since when it counts: since its youngest process began", async () => {
    const before = Date.now();
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(one.backend))));
    for (let request = 0; request < 3; request += 1) await ask({ port });
    const { processes } = await expectOk(gateway.gateway.observe());
    const [counted] = await traffic(gateway);
    expect(counted).toMatchObject({ requests: 3, since: Math.max(...processes.map(({ since }) => since)) });
    expect(counted!.since).toBeGreaterThanOrEqual(before);
    await ask({ port });
    expect((await traffic(gateway))[0]).toMatchObject({ requests: 4, since: counted!.since });
  });

  it("counts since another time after a restart, so that nobody takes it for no requests", async (context) => {
    await using gateway = await makeGateway();
    if (gateway.restart === undefined) return context.skip("there is no process to restart");
    await using one = await startBackend("one");
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(one.backend))));
    for (let request = 0; request < 4; request += 1) await ask({ port });
    const [counted] = await traffic(gateway);
    await gateway.restart();
    const [anew] = await traffic(gateway);
    expect(anew!.since).toBeGreaterThan(counted!.since);
    expect(anew!.requests).toBeLessThanOrEqual(4);
  });

  it("counts answers that the instance broke off, not those that the client gave up", async () => {
    await using gateway = await makeGateway();
    await using breaks = await startBackend("breaks", (request, response) => {
      response.writeHead(request.url === "/failed" ? 500 : 200, { "content-length": 10 });
      response.write("half", () => request.socket.destroy());
    });
    const hungUp = Promise.withResolvers<void>();
    await using waits = await startBackend("waits", (_request, response) => {
      response.on("close", hungUp.resolve);
      response.writeHead(200, { "content-length": 10 }).write("half");
    });
    const port = await freePort();
    const routes = [
      { prefix: "/" as const, pools: only(breaks.backend) },
      { prefix: "/waits" as const, pools: only(waits.backend) },
    ];
    await expectOk(gateway.gateway.apply(table(port, [], { routes })));
    await expect(ask({ port })).rejects.toThrow();
    await expect(ask({ port, path: "/failed" })).rejects.toThrow();
    const client = await RawClient.open(port);
    client.send("GET /waits HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/half/);
    client.socket.destroy();
    await hungUp.promise;
    await eventually(async () => (await traffic(gateway)).every(({ underWay }) => underWay === 0));
    // Each request that failed is counted once.
    expect(await traffic(gateway)).toMatchObject([
      { instance: "breaks", requests: 2, brokeOff: 1, serverErrors: 1, connectErrors: 0 },
      { instance: "waits", requests: 1, brokeOff: 0, serverErrors: 0, connectErrors: 0 },
    ]);
  });

  it("counts how long answers took to begin, not how long they went on", async () => {
    await using gateway = await makeGateway();
    const held = Promise.withResolvers<void>();
    await using slow = await startBackend("slow", async (_request, response) => {
      await wait(60);
      response.write("begun ");
      await held.promise;
      response.end("finished");
    });
    const port = await freePort();
    await expectOk(gateway.gateway.apply(table(port, only(slow.backend))));
    const client = await RawClient.open(port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/begun/);
    const [counted] = await traffic(gateway);
    expect(counted).toMatchObject({ requests: 1, underWay: 1 });
    expect(counted!.latency).toHaveLength(latencyBoundsMs.length + 1);
    expect(counted!.latency.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(counted!.latency.indexOf(1)).toBeGreaterThan(latencyBoundsMs.indexOf(50));
    held.resolve();
    await client.until(/finished/);
    client.socket.destroy();
  });
}
