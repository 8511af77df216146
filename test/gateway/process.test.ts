import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { request as sendRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { embeddedGateway, startGateway } from "../../src/gateway/embedded/client.ts";
import { entryPoint } from "../../src/process/entry-point.ts";
import { identityOf, isAlive } from "../../src/process/identity.ts";
import { freePort, startBackend } from "./support/backend.ts";
import { ask, eventually, RawClient } from "./support/client.ts";
import { startGatewayProcess } from "./support/process.ts";
import { poolOf, routesTo, temporaryFolder } from "./support/switchboard.ts";

describe("the gateway process", () => {
  it("promise 15: serves the same table after it was killed and started again, when nothing else runs", async () => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    const port = await freePort();
    const routes = routesTo(port, [poolOf(backend.backend)]);
    expect(await gateway.gateway.apply(routes)).toMatchObject({ ok: true });
    const before = gateway.identity;
    const [, twin] = await gateway.whole();
    if (twin !== undefined) process.kill(twin, "SIGKILL");
    await gateway.kill();
    await expect(ask({ port })).rejects.toThrow();
    const after = await gateway.restart();
    expect(after.pid).not.toBe(before.pid);
    // No waiting: whoever knows that it runs can rely on it.
    expect((await ask({ port })).body).toBe("one");
    expect(await gateway.gateway.observe()).toMatchObject({ ok: true, value: { environments: [routes] } });
    expect(await gateway.gateway.apply({ ...routes, token: 0 })).toMatchObject({ ok: false });
  });

  it("is started once, however often it is asked for at the same moment", async () => {
    using folder = temporaryFolder();
    const place = placeIn(folder.path);
    const started = await Promise.all([startGateway(place), startGateway(place), startGateway(place)]);
    const pids = started.map((result) => (result.ok ? result.value.pid : result.failures));
    expect(new Set(pids).size).toBe(1);
    expect(await startGateway(place)).toEqual(started[0]);
    await embeddedGateway(place.controlSocketPath).stop(0);
    expect(started[0]?.ok && isAlive(started[0].value)).toBe(false);
  });

  it("lives beside another one that has its own folder and addresses", async () => {
    await using one = await startGatewayProcess();
    await using two = await startGatewayProcess();
    await using backend = await startBackend("one");
    const ports = [await freePort(), await freePort()] as const;
    expect(await one.gateway.apply(routesTo(ports[0], [poolOf(backend.backend)]))).toMatchObject({ ok: true });
    expect(await two.gateway.apply(routesTo(ports[1], [poolOf(backend.backend)]))).toMatchObject({ ok: true });
    const refused = await two.gateway.apply(routesTo(ports[0], [poolOf(backend.backend)]));
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "port-in-use" }] });
    if (process.platform === "linux" && !refused.ok)
      expect(refused.failures[0]?.cause).toContain(`process ${one.identity.pid} (tidegate-gateway)`);
    for (const port of ports) expect((await ask({ port })).body).toBe("one");
  });

  it("keeps its files and its socket to its user, and nothing of its environment or call in its title", async () => {
    await using gateway = await startGatewayProcess();
    await gateway.gateway.apply(routesTo(await freePort(), []));
    const { stateFolder, controlSocketPath, logFile } = gateway.place;
    const modes = [stateFolder, join(stateFolder, "production.json"), controlSocketPath, logFile];
    expect(modes.map((path) => (statSync(path).mode & 0o777).toString(8))).toEqual(["700", "600", "600", "600"]);
    if (process.platform !== "linux") return;
    expect(readFileSync(`/proc/${gateway.identity.pid}/cmdline`, "utf8")).not.toContain("/");
    const environment = readFileSync(`/proc/${gateway.identity.pid}/environ`, "utf8").split("\0");
    expect(environment.filter((entry) => entry !== "" && !entry.startsWith("PATH="))).toEqual([]);
  });

  it("promise 12: finishes what is under way when it is asked to end, while the next one already serves", async () => {
    await using gateway = await startGatewayProcess();
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    await using backend = await startBackend("one", async (request, response) => {
      if (request.url === "/slow") {
        response.write("begun ");
        arrived.resolve();
        await held.promise;
      }
      response.end("finished");
    });
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    const answer = ask({ port, path: "/slow" });
    await arrived.promise;
    const before = gateway.identity;
    process.kill(before.pid, "SIGTERM");
    await eventually(async () => !(await gateway.gateway.observe()).ok);
    const after = await gateway.restart();
    expect(after.pid).not.toBe(before.pid);
    expect(isAlive(before)).toBe(true);
    expect((await ask({ port })).body).toBe("finished");
    held.resolve();
    expect((await answer).body).toBe("begun finished");
    await eventually(() => !isAlive(before));
  });

  it("does not wait for ever for what is under way", async () => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one", (_request, response) => response.write("begun"));
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    const client = await RawClient.open(port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/begun/);
    expect(await gateway.gateway.stop(50)).toEqual({ ok: true });
    expect(isAlive(gateway.identity)).toBe(false);
    await client.closed();
    expect(await gateway.gateway.stop(50)).toEqual({ ok: true });
    expect(existsSync(gateway.place.controlSocketPath)).toBe(false);
  });

  it("promise 21: takes the place of one of the version before, with its tables", async () => {
    await using gateway = await startGatewayProcess();
    await using backend = await startBackend("one");
    const port = await freePort();
    await gateway.gateway.apply(routesTo(port, [poolOf(backend.backend)]));
    await gateway.gateway.stop(0);
    const older = await startOlder(gateway.place.controlSocketPath, port);
    expect((await ask({ port })).body).toBe("older");
    const ended = once(older, "exit");
    await gateway.restart();
    expect((await ask({ port })).body).toBe("one");
    await ended;
  });

  it("stops one of the version before", async () => {
    using folder = temporaryFolder();
    const { controlSocketPath } = placeIn(folder.path);
    const older = await startOlder(controlSocketPath, await freePort());
    const ended = once(older, "exit");
    expect(await embeddedGateway(controlSocketPath).stop(0)).toEqual({ ok: true });
    await ended;
  });

  it("says with the end of its log why it does not start", async () => {
    using folder = temporaryFolder();
    const place = { ...placeIn(folder.path), controlSocketPath: join(folder.path, "x".repeat(120)) };
    const started = await startGateway(place);
    expect(started).toMatchObject({ ok: false, failures: [{ code: "gateway-unreachable" }] });
    expect(started.ok ? "" : started.failures[0]?.cause).toMatch(/exit code 4\.\n.*listen/s);
  });

  it("does not use a folder that others can write to", async () => {
    using folder = temporaryFolder();
    const place = placeIn(folder.path);
    mkdirSync(place.stateFolder, { mode: 0o777 });
    execFileSync("chmod", ["777", place.stateFolder]);
    const started = await startGateway(place);
    expect(started.ok ? "" : started.failures[0]?.cause).toContain("Others can write to");
  });
});

describe("the control socket", () => {
  it.each([
    ["what is not JSON", "/v3/apply", "{"],
    ["an unknown call", "/v3/reboot", "{}"],
    ["a call of the object itself", "/v3/constructor", "{}"],
    ["no version", "/apply", "{}"],
    ["unknown fields", "/v3/observe", '{"x":1}'],
    ["a wrong type", "/v3/drain", '{"instances":"all","limitMs":1}'],
    ["a path as environment", "/v3/remove", '{"environment":"../x","token":1}'],
    ["a body without end", "/v3/apply", "x".repeat(9 * 1024 * 1024)],
  ])("refuses %s and goes on", async (_name, path, body) => {
    await using gateway = await startGatewayProcess();
    const answer = await callControl(gateway.place.controlSocketPath, path, body);
    expect(JSON.parse(answer)).toMatchObject({ ok: false, failures: [{ code: "bad-arguments" }] });
    expect(await gateway.gateway.observe()).toMatchObject({ ok: true });
  });

  it("survives noise and hang-ups", async () => {
    await using gateway = await startGatewayProcess();
    for (const noise of ["\0\x01", "GET", "POST /v3/apply HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{"]) {
      const socket = connect(gateway.place.controlSocketPath);
      socket.on("error", () => {});
      await once(socket, "connect");
      socket.end(noise);
      socket.resume();
      await once(socket, "close");
    }
    expect(await gateway.gateway.observe()).toMatchObject({ ok: true });
  });

  it("that nobody listens on is gateway-unreachable, and stopping is done", async () => {
    using folder = temporaryFolder();
    const gateway = embeddedGateway(join(folder.path, "none.sock"));
    expect(await gateway.observe()).toMatchObject({ ok: false, failures: [{ code: "gateway-unreachable" }] });
    expect(await gateway.stop()).toEqual({ ok: true });
  });
});

describe("too many connections", () => {
  it("are turned away; control and those that are there go on", async () => {
    using folder = temporaryFolder();
    const { stateFolder, controlSocketPath } = placeIn(folder.path);
    const script = 'ulimit -n 128; exec "$0" "$@"';
    const args = ["-c", script, process.execPath, entryPoint("gateway"), stateFolder, controlSocketPath];
    const child = spawn("/bin/sh", args, { stdio: "ignore" });
    const gateway = embeddedGateway(controlSocketPath);
    try {
      await eventually(async () => (await gateway.observe()).ok);
      await using backend = await startBackend("one");
      const port = await freePort();
      await gateway.apply(routesTo(port, [poolOf(backend.backend)]));
      const first = await RawClient.open(port);
      const clients = await Promise.all(Array.from({ length: 300 }, () => RawClient.open(port)));
      first.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
      await first.until(/200 OK/);
      expect(await gateway.observe()).toMatchObject({ ok: true });
      for (const client of [first, ...clients]) client.socket.destroy();
      await eventually(async () => (await ask({ port }).catch(() => undefined))?.status === 200);
    } finally {
      await gateway.stop(0);
      if (child.exitCode === null && child.pid !== undefined && identityOf(child.pid)) child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  });
});

async function startOlder(socketPath: string, port: number): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, "support/older-gateway.ts"), [socketPath, String(port)], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  await once(child, "message");
  return child;
}

function placeIn(folder: string) {
  return {
    stateFolder: join(folder, "tables"),
    controlSocketPath: join(folder, "control.sock"),
    logFile: join(folder, "gateway.log"),
  };
}

function callControl(socketPath: string, path: string, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const call = sendRequest({ socketPath, path, method: "POST", agent: false });
  call.on("error", reject);
  call.on("response", async (response) => resolve(Buffer.concat(await response.toArray()).toString("utf8")));
  call.end(body);
  return promise;
}
