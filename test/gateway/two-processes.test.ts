import { existsSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { canHaveTwin } from "../../src/gateway/embedded/twin/place.ts";
import { identityOf, isAlive } from "../../src/process/identity.ts";
import { startLoad } from "../support/load.ts";
import { processesIn } from "../support/processes.ts";
import { freePort, startBackend } from "./support/backend.ts";
import { ask, eventually } from "./support/client.ts";
import { type GatewayProcessUnderTest, startGatewayProcess } from "./support/process.ts";
import { poolOf, routesTo } from "./support/switchboard.ts";
import { internalTo } from "./support/under-test.ts";

describe.runIf(canHaveTwin)("a gateway of two processes", () => {
  it.each([0, 1])(
    "promise 12: refuses nobody while process %i is dead, and has it back with all tables",
    async (which) => {
      await using gateway = await startGatewayProcess();
      await using backend = await startBackend("one");
      const port = await freePort();
      await gateway.whole();
      const routes = {
        ...routesTo(port, [poolOf(backend.backend)]),
        internal: [internalTo("api", 1, [backend.backend])],
      };
      const applied = await gateway.gateway.apply(routes);
      const internal = applied.ok ? Number(applied.value.internal[0]?.address.split(":")[1]) : 0;
      // A new connection for each request: those are what the system gives to either process.
      const load = startLoad({ url: `http://127.0.0.1:${port}/`, host: "app.localhost", connections: 2, paced: 10 });
      await eventually(() => load.finished > 20);
      await kill(gateway, which);
      for (let call = 0; call < 20; call += 1) {
        expect((await ask({ port })).body).toBe("one");
        expect((await ask({ port: internal, host: "api" })).body).toBe("one");
      }
      if (which === 0) await gateway.restart();
      await gateway.whole();
      const report = await load.stop();
      // At most what the killed one had in its hands.
      expect(report.lost).toBeLessThanOrEqual(4);
      expect(await gateway.gateway.observe()).toMatchObject({ ok: true, value: { environments: [routes] } });
      expect(await gateway.gateway.apply({ ...routes, token: 2, routes: [] })).toMatchObject({ ok: true });
      for (let call = 0; call < 20; call += 1) expect((await ask({ port })).status).toBe(404);
    },
  );

  it("counts in both, and waits for the requests under way in both", async () => {
    await using gateway = await startGatewayProcess();
    const held = Promise.withResolvers<void>();
    await using backend = await startBackend("one", async (_request, response) => {
      await held.promise;
      response.end("done");
    });
    await gateway.whole();
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    const answers = Array.from({ length: 20 }, () => ask({ port }));
    await eventually(async () => {
      const observed = await gateway.gateway.observe();
      return observed.ok && observed.value.instances[0]?.underWay === 20;
    });
    expect(await gateway.gateway.drain(["one"], 50)).toEqual({ ok: true, value: { left: 20 } });
    const drained = gateway.gateway.drain(["one"], 30_000);
    held.resolve();
    expect(await drained).toEqual({ ok: true, value: { left: 0 } });
    for (const answer of answers) expect((await answer).body).toBe("done");
  });

  it("says that its counts are others when those of a process were lost", async () => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    await gateway.whole();
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    await ask({ port });
    const since = async () => {
      const observed = await gateway.gateway.observe();
      return observed.ok ? observed.value.instances[0]?.since : undefined;
    };
    const before = await since();
    await kill(gateway, 1);
    expect(await since()).toBeGreaterThan(before!);
  });

  it("takes nobody else's port, though sharing would let it", async () => {
    await using one = await startGatewayProcess();
    await using two = await startGatewayProcess();
    await one.whole();
    await two.whole();
    const port = await freePort();
    expect(await one.gateway.apply(routesTo(port, []))).toMatchObject({ ok: true });
    const refused = await two.gateway.apply(routesTo(port, []));
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "port-in-use" }] });
    expect(await one.gateway.apply(routesTo(port, [], 2))).toMatchObject({ ok: true });
  });

  it("leaves no second process behind when it is stopped while that one starts", async () => {
    await using gateway = await startGatewayProcess();
    expect(await gateway.gateway.stop(0)).toEqual({ ok: true });
    expect(processesIn(gateway.folder)).toEqual([]);
  });

  it("ends whole when it is stopped, also when its first process is dead", async () => {
    await using gateway = await startGatewayProcess();
    const identities = (await gateway.whole()).map((pid) => identityOf(pid)!);
    await gateway.kill();
    expect(isAlive(identities[1]!)).toBe(true);
    expect(await gateway.gateway.stop(0)).toEqual({ ok: true });
    expect(identities.filter(isAlive)).toEqual([]);
  });
});

describe("a gateway whose folder is gone", () => {
  it("ends by itself when it serves nothing, and goes on while it serves", async () => {
    await using idle = await startGatewayProcess();
    await using serving = await startGatewayProcess();
    await using backend = await startBackend("one");
    const identities = (await idle.whole()).map((pid) => identityOf(pid)!);
    await serving.whole();
    const port = await freePort();
    await serving.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    for (const { place } of [serving, idle]) rmSync(place.stateFolder, { recursive: true });
    await eventually(() => !identities.some(isAlive));
    expect(existsSync(idle.place.controlSocketPath)).toBe(false);
    expect((await ask({ port })).body).toBe("one");
    expect(await serving.gateway.observe()).toMatchObject({ ok: true, value: { problems: [{ about: "table" }] } });
  }, 60_000);
});

async function kill(gateway: GatewayProcessUnderTest, which: number): Promise<void> {
  const identity = identityOf((await gateway.whole())[which]!)!;
  process.kill(identity.pid, "SIGKILL");
  await eventually(() => !isAlive(identity));
}
