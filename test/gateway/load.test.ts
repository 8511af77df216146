import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { startLoad } from "../support/load.ts";
import { freePort, startBackend, type TestBackend } from "./support/backend.ts";
import { eventually } from "./support/client.ts";
import { startGatewayProcess } from "./support/process.ts";
import { poolOf, routesTo } from "./support/switchboard.ts";

describe("instances that are replaced under load", () => {
  it("cost nobody a request, and none gets one after it was drained", async () => {
    await using gateway = await startGatewayProcess();
    const port = await freePort();
    const start = (number: number) => startBackend(`instance-${number}`);
    let serving = [await start(1), await start(2)];
    let token = 1;
    const serve = async (backends: readonly TestBackend[]) => {
      token += 1;
      const routes = routesTo(port, [poolOf(...backends.map(({ backend }) => backend))], token);
      expect(await gateway.gateway.apply(routes)).toMatchObject({ ok: true });
    };
    await serve(serving);
    const load = startLoad({ url: `http://127.0.0.1:${port}/`, host: "app.localhost", connections: 8 });
    const paced = startLoad({ url: `http://127.0.0.1:${port}/`, host: "app.localhost", connections: 4, paced: 7 });
    await eventually(() => load.finished > 100);
    for (let number = 3; number <= 20; number += 1) {
      const [old, ...others] = serving as [TestBackend, ...TestBackend[]];
      const fresh = await start(number);
      serving = [...others, fresh];
      await serve(serving);
      const drained = await gateway.gateway.drain([old.backend.instance], 30_000);
      expect(drained).toEqual({ ok: true, value: { left: 0 } });
      // From here on a request that still came would be lost.
      await old[Symbol.asyncDispose]();
      const before = load.finished;
      await eventually(() => load.finished > before + 100);
    }
    const [report, pacedReport] = [await load.stop(), await paced.stop()];
    for (const backend of serving) await backend[Symbol.asyncDispose]();
    expect(report.reasons).toEqual([]);
    expect(pacedReport.reasons).toEqual([]);
    expect(report.lost + pacedReport.lost).toBe(0);
    expect(report.sent).toBeGreaterThan(1_500);
    expect(Object.keys(report.byRelease)).toHaveLength(20);
  });

  it("that crash and come back cost nobody a request that may be repeated", async () => {
    await using gateway = await startGatewayProcess();
    await using steady = await startBackend("steady");
    let shaky = await startBackend("shaky");
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(steady.backend, shaky.backend)]));
    const load = startLoad({ url: `http://127.0.0.1:${port}/`, host: "app.localhost", connections: 8 });
    for (let crash = 0; crash < 10; crash += 1) {
      const target = load.finished + 200;
      await eventually(() => load.finished > target);
      await shaky[Symbol.asyncDispose]();
      const later = load.finished + 100;
      await eventually(() => load.finished > later);
      shaky = await startBackend("shaky", undefined, shaky.port);
    }
    const report = await load.stop();
    await shaky[Symbol.asyncDispose]();
    expect(report.reasons).toEqual([]);
    expect(report.lost).toBe(0);
  });
});

describe("the load generator", () => {
  it("counts what got the expected answer, and keeps the reasons of what did not", async () => {
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      if (requests % 4 === 1) response.setHeader("x-release", "one").end("fine");
      else if (requests % 4 === 2) response.writeHead(503).end("busy");
      else if (requests % 4 === 3) request.socket.destroy();
      else response.writeHead(200, { "content-length": 10 }).write("half", () => request.socket.destroy());
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const load = startLoad({ url: `http://127.0.0.1:${port}/`, connections: 1 });
    await eventually(() => load.finished >= 100);
    const report = await load.stop();
    expect(report.sent).toBe(requests);
    expect(report.byRelease).toEqual({ one: Math.ceil(requests / 4) });
    expect(report.lost).toBe(requests - Math.ceil(requests / 4));
    expect(report.wrong).toBe(Math.ceil((requests - 1) / 4));
    expect(report.reasons).toHaveLength(20);
    expect(report.reasons[0]).toBe("status 503: busy");
    expect(await load.stop()).toEqual(report);
    server.closeAllConnections();
    server.close();
  });
});
