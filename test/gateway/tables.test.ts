import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, startBackend } from "./support/backend.ts";
import { ask, eventually } from "./support/client.ts";
import { startGatewayProcess } from "./support/process.ts";
import { poolOf, routesTo } from "./support/switchboard.ts";
import { applyInternal, internalTo } from "./support/under-test.ts";

describe("tables on disk", () => {
  it.each([
    ["half a file", '{"version":1,"table":{"environment":"stag'],
    ["another thing", '{"version":1,"table":{"environment":"staging","token":"x"}}'],
    [
      "another environment's",
      '{"version":1,"table":{"environment":"x","token":1,"listen":{"host":"a","port":1},"hosts":[],"routes":[]}}',
    ],
    ["nothing", ""],
    ["bytes", "\0\x01\x02"],
  ])("that are damaged (%s) are set aside and reported; the others are served", async (_name, content) => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    await gateway.kill();
    const file = join(gateway.place.stateFolder, "staging.json");
    writeFileSync(file, content);
    await gateway.restart();
    expect((await ask({ port })).body).toBe("one");
    expect(await gateway.gateway.observe()).toMatchObject({
      value: { problems: [{ code: "state-damaged", message: expect.stringContaining(file) }] },
    });
    expect(readFileSync(`${file}.damaged`, "utf8")).toBe(content);
    expect(existsSync(file)).toBe(false);
    // Told as long as nobody has written the table again, however often the gateway is started.
    await gateway.kill();
    await gateway.restart();
    expect(await gateway.gateway.observe()).toMatchObject({
      value: { problems: [{ code: "state-damaged", environment: "staging", about: "table" }] },
    });
    const restored = { ...routesTo(port, []), environment: "staging", hosts: ["s.localhost"] };
    expect(await gateway.gateway.apply(restored)).toMatchObject({ ok: true });
    const observed = await gateway.gateway.observe();
    expect(observed.ok && observed.value.problems).toBeUndefined();
  });

  it("promise 21: of a newer version are left alone and reported, and their writers' tokens count", async () => {
    await using gateway = await startGatewayProcess();
    await gateway.kill();
    const file = join(gateway.place.stateFolder, "production.json");
    const content = '{"version":4,"environment":"production","token":9,"table":{"what":"nobody knows"}}';
    writeFileSync(file, content);
    await gateway.restart();
    expect(await gateway.gateway.observe()).toMatchObject({
      value: { environments: [], problems: [{ code: "state-newer", environment: "production", about: "table" }] },
    });
    expect(readFileSync(file, "utf8")).toBe(content);
    const routes = routesTo(await freePort(), [], 8);
    expect(await gateway.gateway.apply(routes)).toMatchObject({ ok: false, failures: [{ code: "stale-writer" }] });
    expect(readFileSync(file, "utf8")).toBe(content);
    expect(await gateway.gateway.apply({ ...routes, token: 9 })).toMatchObject({ ok: true });
  });

  it("promise 21: of the version before are served as they were, and written anew with the next table", async () => {
    await using gateway = await startGatewayProcess();
    await using old = await startBackend("old");
    await using fresh = await startBackend("fresh");
    const port = await freePort();
    await gateway.kill();
    const file = join(gateway.place.stateFolder, "production.json");
    const ports = { 40801: port, 40802: old.port, 40803: fresh.port };
    const written = readFileSync(join(import.meta.dirname, "fixtures/table-v1.json"), "utf8");
    writeFileSync(
      file,
      written.replace(/4080\d/g, (was) => String(ports[was as unknown as keyof typeof ports])),
    );
    await gateway.restart();
    // On one connection: each of the gateway's processes shares out for itself.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const bodies = [];
    for (let request = 0; request < 8; request += 1) bodies.push((await ask({ port, agent })).body);
    expect(bodies.filter((body) => body === "fresh")).toHaveLength(2);
    expect((await ask({ port, path: "/api" })).status).toBe(503);
    const observed = await gateway.gateway.observe();
    expect(observed).toMatchObject({
      value: { environments: [{ environment: "production", token: 12, internal: [] }] },
    });
    expect(observed.ok && observed.value.problems).toBeUndefined();
    const next = routesTo(port, [poolOf(fresh.backend)], 11);
    expect(await gateway.gateway.apply(next)).toMatchObject({ ok: false, failures: [{ code: "stale-writer" }] });
    expect(await gateway.gateway.apply({ ...next, token: 12 })).toMatchObject({ ok: true });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 3, token: 12 });
  });

  it.each([
    ["gone", undefined, "state-damaged"],
    ["damaged", "{", "state-damaged"],
    ["of a newer version", '{"version":4}', "state-newer"],
    ["another's", '{"version":2,"environment":"production","token":1,"ports":[]}', "state-damaged"],
  ])("that are %s while the gateway runs are told; what is in memory is served on", async (_name, content, code) => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    const port = await freePort();
    const routes = routesTo(port, [poolOf(backend.backend)]);
    await gateway.gateway.apply(routes);
    const file = join(gateway.place.stateFolder, "production.json");
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    expect(await gateway.gateway.observe()).toMatchObject({
      value: { environments: [routes], problems: [{ code, environment: "production", about: "table" }] },
    });
    expect((await ask({ port })).body).toBe("one");
    // The same table again: it is on disk when this resolves.
    expect(await gateway.gateway.apply(routes)).toMatchObject({ ok: true });
    const observed = await gateway.gateway.observe();
    expect(observed.ok && observed.value.problems).toBeUndefined();
    await gateway.kill();
    await gateway.restart();
    expect((await ask({ port })).body).toBe("one");
  });

  it("whose address is taken are served as soon as it is free", async () => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    await gateway.killAll();
    const taken = await startBackend("other", undefined, port);
    await gateway.restart();
    expect(await gateway.gateway.observe()).toMatchObject({
      value: { problems: [{ code: "port-in-use", environment: expect.any(String) }] },
    });
    await taken[Symbol.asyncDispose]();
    await eventually(async () => (await ask({ port }).catch(() => undefined))?.body === "one");
    // Each of its processes takes the address again.
    await eventually(async () => {
      const observed = await gateway.gateway.observe();
      return observed.ok && observed.value.problems === undefined;
    });
  });

  it("whose internal address is taken by somebody else keep it, and serve there as soon as it is free", async () => {
    await using gateway = await startGatewayProcess();
    await using api = await startBackend("api");
    const internal = [internalTo("api", 3, [api.backend]), internalTo("mail", 3, [api.backend])];
    const routes = { ...routesTo(await freePort(), []), internal };
    const [address, other] = await applyInternal(gateway.gateway, routes);
    await gateway.killAll();
    const taken = await startBackend("other", undefined, address);
    await gateway.restart();
    const problems = [{ code: "port-in-use", environment: "production", about: "internal" }];
    expect(await gateway.gateway.observe()).toMatchObject({ value: { problems } });
    expect((await ask({ port: other! })).body).toBe("api");
    // Services that run were told the address: no table gives them another one.
    expect(await applyInternal(gateway.gateway, { ...routes, token: 2 })).toEqual([address, other]);
    expect(await gateway.gateway.observe()).toMatchObject({ value: { problems } });
    // A deployment that comes has its own.
    const next = { ...routes, token: 2, internal: [...internal, internalTo("api", 4, [api.backend])] };
    const fresh = (await applyInternal(gateway.gateway, next))[2];
    expect((await ask({ port: fresh! })).body).toBe("api");
    await taken[Symbol.asyncDispose]();
    await eventually(async () => (await ask({ port: address! }).catch(() => undefined))?.body === "api");
    // Each of its processes takes the address again.
    await eventually(async () => {
      const observed = await gateway.gateway.observe();
      return observed.ok && observed.value.problems === undefined;
    });
  });

  it("on a full disk stay as they were, and so does what is served", async (context) => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    const port = await freePort();
    await gateway.killAll();
    const { stateFolder } = gateway.place;
    if (!mountTiny(stateFolder)) context.skip("a file system of its own cannot be mounted here");
    try {
      await gateway.restart();
      await gateway.whole();
      const routes = routesTo(port, [poolOf(backend.backend)]);
      expect(await gateway.gateway.apply(routes)).toMatchObject({ ok: true });
      fill(stateFolder);
      const kept = readdirSync(stateFolder).sort();
      const refused = await gateway.gateway.apply({ ...routesTo(port, []), token: 2 });
      expect(refused).toMatchObject({ ok: false, failures: [{ code: "no-space" }] });
      const elsewhere = { ...routesTo(await freePort(), []), environment: "staging" };
      expect(await gateway.gateway.apply(elsewhere)).toMatchObject({ ok: false, failures: [{ code: "no-space" }] });
      await expect(ask({ port: elsewhere.listen.port })).rejects.toThrow(/ECONNREFUSED/);
      expect((await ask({ port })).body).toBe("one");
      expect(readdirSync(stateFolder).sort()).toEqual(kept);
      // The refused writer's token does not count.
      expect(await gateway.gateway.apply(routes)).toMatchObject({ ok: true });
      await gateway.killAll();
      await gateway.restart();
      expect((await ask({ port })).body).toBe("one");
    } finally {
      await gateway.killAll().catch(() => {});
      execFileSync("umount", [stateFolder]);
    }
  });
});

function mountTiny(folder: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=0700", "tidegate-test", folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function fill(folder: string): void {
  const file = join(folder, "filler");
  for (const size of [4_096, 1])
    for (;;) {
      try {
        writeFileSync(file, Buffer.alloc(size), { flag: "a" });
      } catch {
        break;
      }
    }
}
