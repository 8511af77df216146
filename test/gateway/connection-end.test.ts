import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startBackend, startRawBackend, type TestBackend } from "./support/backend.ts";
import { ask, RawClient } from "./support/client.ts";
import { startSwitchboard, type TestGateway } from "./support/switchboard.ts";

const host = "Host: app.localhost\r\n";

describe("a connection", () => {
  let gateway: TestGateway;
  let backend: TestBackend;
  let seen: string[] = [];
  let held = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<void>();

  beforeAll(async () => {
    gateway = await startSwitchboard({ halfClosedMs: 20 });
    backend = await startBackend("one", async (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      request.on("error", () => {});
      request.resume();
      if (request.url === "/held") {
        arrived.resolve();
        await held.promise;
      }
      response.end(`answer to ${request.url}`);
    });
    await gateway.serve(backend.backend);
  });
  beforeEach(async () => {
    held = Promise.withResolvers<void>();
    arrived = Promise.withResolvers<void>();
    // A connection to the instance that is free: what would be sent is sent at once.
    await ask({ port: gateway.port, path: "/warm" });
    seen = [];
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  it.each([
    ["two Hosts", `GET /a HTTP/1.1\r\n${host}Host: evil\r\n\r\n`],
    ["no Host", "GET /a HTTP/1.1\r\n\r\n"],
    ["an unknown coding", `POST /a HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    [
      "chunks in HTTP/1.0",
      `POST /a HTTP/1.0\r\n${host}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["an invalid target", `GET http://me@app.localhost/ HTTP/1.1\r\n${host}\r\n`],
    ["CONNECT", `CONNECT app.localhost:443 HTTP/1.1\r\n${host}\r\n`],
    ["an upgrade without a Host", "GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["what is no HTTP", "hello\r\n\r\n"],
  ])("carries nothing to an instance after a refusal of %s, at once or later", async (_name, bytes) => {
    const next = `DELETE /smuggled HTTP/1.1\r\n${host}\r\n`;
    const client = await RawClient.open(gateway.port);
    client.send(bytes + next + next);
    await client.until(/^HTTP\/1\.1 (400|405|501) [\s\S]*\r\n\r\n/);
    client.send(next);
    const answer = await client.closed();
    await ask({ port: gateway.port, path: "/after" });
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(seen).toEqual(["GET /after"]);
  });

  it.each([
    ["what is no HTTP", "\0\0\0\r\n\r\n", 400],
    ["a request without a Host", "GET /next HTTP/1.1\r\n\r\n", 400],
    ["a head that is too long", `GET /next HTTP/1.1\r\n${host}X: ${"a".repeat(40_000)}\r\n\r\n`, 431],
  ])("gives the answers that it owes before it refuses %s", async (_name, bytes, status) => {
    const client = await RawClient.open(gateway.port);
    const first = `GET /held HTTP/1.1\r\n${host}\r\nPOST /second HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\nx`;
    client.send(first + bytes);
    await arrived.promise;
    held.resolve();
    const answer = await client.closed();
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => Number(code))).toEqual([200, 200, status]);
    expect(answer).toMatch(/answer to \/held[\s\S]*answer to \/second[\s\S]*Connection: close/);
  });

  it("gives the answers that it owes before it refuses half a head that never ends", async () => {
    await using hasty = await startSwitchboard({ headMs: 3_000 });
    await hasty.serve(backend.backend);
    const client = await RawClient.open(hasty.port);
    client.send(`GET /held HTTP/1.1\r\n${host}\r\nGET /next HTTP/1.1\r\n${host}`);
    await arrived.promise;
    // One that came later has been cut off: so has this one.
    const later = await RawClient.open(hasty.port);
    later.send(`GET /later HTTP/1.1\r\n${host}`);
    expect(await later.closed()).toMatch(/^HTTP\/1\.1 408 /);
    held.resolve();
    const answer = await client.closed();
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, code]) => Number(code))).toEqual([200, 408]);
  });

  it.each([
    ["stray bytes", "stray"],
    ["another request", `GET /next HTTP/1.1\r\n${host}\r\n`],
  ])("that its client wants to end answers the last request, whatever comes behind it: %s", async (_name, bytes) => {
    const client = await RawClient.open(gateway.port);
    client.send(`GET /held HTTP/1.1\r\n${host}Connection: close\r\n\r\n${bytes}`);
    await arrived.promise;
    client.send(bytes);
    held.resolve();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 [\s\S]*answer to \/held$/);
    expect(seen).toEqual(["GET /held"]);
  });

  it.each(["1.1", "1.0"])("whose client has said all gives the answers that it owes: HTTP/%s", async (version) => {
    const client = await RawClient.open(gateway.port);
    client.send(`GET /held HTTP/${version}\r\n${host}\r\n`);
    client.socket.end();
    await arrived.promise;
    // The look whether the client is still there.
    if (version === "1.1") await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    held.resolve();
    expect(await client.closed()).toMatch(/^(HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 200 [\s\S]*answer to \/held$/);
  });

  it("whose client ends in the middle of a body is answered, and the instance sees no whole request", async () => {
    const client = await RawClient.open(gateway.port);
    client.send(`POST /held HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`);
    await arrived.promise;
    client.socket.end();
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*Connection: close/);
    expect((await gateway.traffic("one")).underWay).toBe(0);
  });

  it("lets its client have a refusal to the end, however much the client has sent by then", async () => {
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\n${host}Host: evil\r\nContent-Length: 8000000\r\n\r\n`);
    client.socket.write(Buffer.alloc(8_000_000));
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 400 [\s\S]*exactly one Host/);
  });
});

describe("an answer that begins before the request was read", () => {
  it.each([10, 100_000, 1_000_000, 20_000_000])(
    "reaches the client when the instance closes behind it: %i bytes",
    async (size) => {
      await using gateway = await startSwitchboard();
      await using backend = await startBackend("one", (_request, response) => {
        response.writeHead(413, { connection: "close" });
        response.end("too large");
      });
      await gateway.serve(backend.backend);
      for (let turn = 0; turn < 8; turn += 1)
        expect(await sendLarge(gateway.port, size)).toMatch(/^HTTP\/1\.1 413 [\s\S]*too large/);
      expect(await gateway.traffic("one")).toMatchObject({ requests: 8, connectErrors: 0, brokeOff: 0, underWay: 0 });
    },
    60_000,
  );

  it("is 502 when the instance resets the connection without one", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) => socket.once("data", () => socket.resetAndDestroy()));
    await gateway.serve(backend.backend);
    expect(await sendLarge(gateway.port, 1_000_000)).toMatch(/^HTTP\/1\.1 502 /);
  });
});

/** Sends such a body, and resolves with what was received once all is sent and an answer came. */
async function sendLarge(port: number, size: number): Promise<string> {
  const client = await RawClient.open(port);
  client.send(`POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: ${size}\r\n\r\n`);
  await new Promise<void>((resolve, reject) =>
    client.socket.write(Buffer.alloc(size), (error) => (error ? reject(error) : resolve())),
  );
  await client.until(/\r\n\r\n.+/s);
  client.socket.destroy();
  return client.received;
}
