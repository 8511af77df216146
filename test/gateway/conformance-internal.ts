import type { IncomingHttpHeaders } from "node:http";
import { expect, it } from "vitest";
import { startLoad } from "../support/load.ts";
import { freePort, startBackend } from "./support/backend.ts";
import { ask, eventually, RawClient } from "./support/client.ts";
import { applyInternal, expectOk, internalTo, type MakeGateway, only, table, traffic } from "./support/under-test.ts";

/** What every gateway does for services that call each other. */
export function describeInternal(makeGateway: MakeGateway): void {
  it("tells an address for each internal service of each deployment, the same one as long as it is there", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("api-1");
    await using two = await startBackend("api-2");
    await using mail = await startBackend("mail-2");
    const port = await freePort();
    const old = internalTo("api", 1, [one.backend]);
    const [first] = await applyInternal(gateway.gateway, table(port, [], { internal: [old] }));
    const both = [internalTo("mail", 2, [mail.backend]), internalTo("api", 2, [two.backend]), old];
    const ports = await applyInternal(gateway.gateway, table(port, [], { internal: both }));
    expect(new Set([port, ...ports]).size).toBe(4);
    expect(ports[2]).toBe(first);
    expect(await applyInternal(gateway.gateway, table(port, [], { internal: both, token: 8 }))).toEqual(ports);
    const bodies = [];
    for (const internal of ports) bodies.push((await ask({ port: internal, path: "/any/path" })).body);
    expect(bodies).toEqual(["mail-2", "api-2", "api-1"]);
    await applyInternal(gateway.gateway, table(port, [], { internal: both.slice(0, 2), token: 8 }));
    await expect(ask({ port: first! })).rejects.toThrow(/ECONNREFUSED/);
    await expectOk(gateway.gateway.remove("production", 8));
    for (const internal of ports) await expect(ask({ port: internal })).rejects.toThrow(/ECONNREFUSED/);
  });

  it("keeps what is internal away from its public addresses", async () => {
    await using gateway = await makeGateway();
    await using api = await startBackend("api");
    const port = await freePort();
    await applyInternal(
      gateway.gateway,
      table(port, [], { routes: [], internal: [internalTo("api", 1, [api.backend])] }),
    );
    for (const path of ["/", "/api"]) expect((await ask({ port, path })).status).toBe(404);
  });

  it("passes on to a service what its caller says of the client, and the caller's host", async () => {
    await using gateway = await makeGateway();
    let seen: IncomingHttpHeaders = {};
    await using api = await startBackend("api", (request, response) => {
      seen = request.headers;
      response.end();
    });
    const port = await freePort();
    const internal = [internalTo("api", 1, [api.backend])];
    const [address] = await applyInternal(gateway.gateway, table(port, [], { internal }));
    const said = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https", forwarded: "for=203.0.113.7" };
    await ask({
      port: address!,
      host: `127.0.0.1:${address}`,
      headers: { ...said, te: "trailers", "keep-alive": "1" },
    });
    expect(seen).toEqual({ ...said, host: `127.0.0.1:${address}`, connection: "keep-alive" });
    await ask({ port: address!, host: "api.internal" });
    expect(seen).toEqual({ host: "api.internal", connection: "keep-alive" });
  });

  it("answers calls with 503 and Retry-After while a service has no instance", async () => {
    await using gateway = await makeGateway();
    await using api = await startBackend("api");
    const port = await freePort();
    const [address] = await applyInternal(gateway.gateway, table(port, [], { internal: [internalTo("api", 1, [])] }));
    const answer = await ask({ port: address! });
    expect(answer.status).toBe(503);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    await applyInternal(gateway.gateway, table(port, [], { internal: [internalTo("api", 1, [api.backend])] }));
    expect((await ask({ port: address! })).body).toBe("api");
  });

  it("promise 12: loses no call while a service's instances come and go", async () => {
    await using gateway = await makeGateway();
    await using one = await startBackend("one");
    await using two = await startBackend("two");
    await using three = await startBackend("three");
    const port = await freePort();
    const backends = [one, two, three].map(({ backend }) => backend);
    const to = (...chosen: typeof backends) => table(port, [], { internal: [internalTo("api", 1, chosen)] });
    const [address] = await applyInternal(gateway.gateway, to(...backends));
    const load = startLoad({ url: `http://127.0.0.1:${address}/`, connections: 8 });
    for (let change = 0; change < 30; change += 1) {
      const finished = load.finished;
      await applyInternal(gateway.gateway, to(backends[change % 3]!, backends[(change + 1) % 3]!));
      await applyInternal(gateway.gateway, to(backends[(change + 2) % 3]!));
      await eventually(() => load.finished > finished + 10);
    }
    const { lost, reasons, byRelease } = await load.stop();
    expect({ lost, reasons }).toEqual({ lost: 0, reasons: [] });
    expect(Object.keys(byRelease).sort()).toEqual(["one", "three", "two"]);
  });

  it("counts calls apart from requests, and drains both", async () => {
    await using gateway = await makeGateway();
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using api = await startBackend("api", async (request, response) => {
      if (request.url === "/slow") {
        arrived.resolve();
        await held.promise;
      }
      response.end("done");
    });
    const port = await freePort();
    const routes = table(port, only(api.backend), { internal: [internalTo("api", 1, [api.backend])] });
    const [address] = await applyInternal(gateway.gateway, routes);
    await ask({ port });
    await ask({ port: address! });
    const call = ask({ port: address!, path: "/slow" });
    await arrived.promise;
    expect(await traffic(gateway)).toMatchObject([
      { instance: "api", internal: false, release: "r", requests: 1, underWay: 0 },
      { instance: "api", internal: true, release: "r1", deployment: 1, requests: 2, underWay: 1 },
    ]);
    expect(await gateway.gateway.drain(["api"], 10)).toEqual({ ok: true, value: { left: 1 } });
    const drained = gateway.gateway.drain(["api"], 60_000, "production");
    held.resolve();
    expect(await drained).toEqual({ ok: true, value: { left: 0 } });
    expect((await call).body).toBe("done");
  });

  it("carries WebSockets between services", async () => {
    await using gateway = await makeGateway();
    await using api = await startBackend("api");
    api.server.on("upgrade", (_request, socket) => {
      socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
      socket.pipe(socket);
    });
    const internal = [internalTo("api", 1, [api.backend])];
    const [address] = await applyInternal(gateway.gateway, table(await freePort(), [], { internal }));
    const client = await RawClient.open(address!);
    client.send("GET / HTTP/1.1\r\nHost: api\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    await client.until(/101 Switching/);
    client.send("hello");
    await client.until(/hello/);
    client.socket.end();
    await client.closed();
  });

  it("promise 15: takes calls at the same address after it was killed and started again", async (context) => {
    await using gateway = await makeGateway();
    if (gateway.restart === undefined) return context.skip("there is no process to restart");
    await using api = await startBackend("api");
    const routes = table(await freePort(), [], { internal: [internalTo("api", 1, [api.backend])] });
    const [address] = await applyInternal(gateway.gateway, routes);
    await gateway.restart();
    expect((await ask({ port: address! })).body).toBe("api");
    expect(await applyInternal(gateway.gateway, routes)).toEqual([address]);
  });
}
