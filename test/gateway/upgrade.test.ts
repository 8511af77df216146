import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { onRequestHeads, startBackend, startRawBackend } from "./support/backend.ts";
import { eventually, RawClient } from "./support/client.ts";
import { startSwitchboard } from "./support/switchboard.ts";

const upgrade = "GET /path HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n";
const switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n";

describe("WebSockets", () => {
  it("carry messages both ways until one side closes", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one");
    const server = new WebSocketServer({ server: backend.server, handleProtocols: () => "chat" });
    let seen: IncomingHttpHeaders = {};
    server.on("connection", (socket, request) => {
      seen = request.headers;
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      socket.send("welcome");
    });
    await gateway.serve(backend.backend);
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/chat`, ["chat"], {
      headers: { host: "app.localhost" },
    });
    expect((await once(client, "message")).toString()).toContain("welcome");
    expect(client.protocol).toBe("chat");
    expect(seen).toMatchObject({ host: "app.localhost", "x-forwarded-for": "127.0.0.1", upgrade: "websocket" });
    const big = Buffer.alloc(3_000_000, "x");
    client.send(big);
    const [echoed] = await once(client, "message");
    expect(big.equals(echoed)).toBe(true);
    expect((await gateway.traffic("one")).underWay).toBe(1);
    client.close(4_000, "enough");
    const [code, reason] = await once(client, "close");
    expect([code, reason.toString()]).toEqual([4_000, "enough"]);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
    server.close();
  });

  it("end when the instance dies", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one");
    const server = new WebSocketServer({ server: backend.server });
    await gateway.serve(backend.backend);
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/`, { headers: { host: "app.localhost" } });
    await once(client, "open");
    for (const socket of server.clients) socket.terminate();
    expect((await once(client, "close"))[0]).toBe(1006);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
    server.close();
  });
});

describe("tunnels", () => {
  it("pass on what was sent behind the request and behind the answer, in order", async () => {
    await using gateway = await startSwitchboard();
    let received = "";
    await using backend = await startRawBackend("one", (socket) => {
      socket.once("data", () => {
        socket.write(`${switched}first `);
        socket.on("end", () => socket.end());
        socket.on("data", (chunk) => {
          received += chunk;
          socket.write("second");
        });
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`${upgrade}\r\nearly`);
    await client.until(/\r\n\r\nfirst second$/);
    expect(received).toBe("early");
    client.socket.destroy();
    await eventually(() => backend.sockets.size === 0);
  });

  it("let one side speak on after the other has said all", async () => {
    await using gateway = await startSwitchboard();
    let heard = "";
    await using backend = await startRawBackend("one", (socket) => {
      socket.once("data", () => {
        socket.write(switched);
        socket.on("data", (chunk) => {
          heard += chunk;
        });
        socket.on("end", () => {
          expect(heard).toBe("question");
          socket.write("answer ");
          setImmediate(() => socket.end("and more"));
        });
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`${upgrade}\r\n`);
    await client.until(/101/);
    client.socket.end("question");
    await client.until(/answer and more$/);
    await client.closed();
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("let the client speak on after the instance has said all", async () => {
    await using gateway = await startSwitchboard();
    let heard = "";
    await using backend = await startRawBackend("one", (socket) => {
      socket.once("data", () => {
        socket.end(`${switched}that is all`);
        socket.on("data", (chunk) => {
          heard += chunk;
        });
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`${upgrade}\r\n`);
    await client.until(/that is all$/);
    client.socket.end("thank you");
    await eventually(async () => heard === "thank you" && (await gateway.traffic("one")).underWay === 0);
  });

  it("go at the pace of the receiver", async () => {
    await using gateway = await startSwitchboard();
    let produced = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const limit = 512 * 1024 * 1024;
    await using backend = await startRawBackend("one", (socket) => {
      const produce = () => {
        while (produced < limit) {
          produced += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on("drain", produce);
      socket.once("data", () => {
        socket.write(switched);
        produce();
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.socket.once("data", () => client.socket.pause());
    client.send(`${upgrade}\r\n`);
    let last = -1;
    while (produced !== last || produced === 0) {
      last = produced;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(produced).toBeLessThan(limit / 4);
    client.socket.destroy();
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("do not come about when the instance answers as usual; then the connection is closed", async () => {
    await using gateway = await startSwitchboard();
    const heads: string[] = [];
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, (head) => {
        heads.push(head);
        socket.write("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 3\r\n\r\nno!");
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`${upgrade}\r\nGET /smuggled HTTP/1.1\r\nHost: app.localhost\r\n\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 426 [\s\S]*Connection: close[\s\S]*\r\n\r\nno!$/);
    expect(heads).toHaveLength(1);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("do not come about where there is no instance", async () => {
    await using gateway = await startSwitchboard();
    await gateway.serve();
    const client = await RawClient.open(gateway.port);
    client.send(`${upgrade}\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 503 /);
  });

  it.each([
    [
      "to HTTP/2",
      "GET / HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
    ],
    [
      "with a body",
      "POST / HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ["without Connection", "GET / HTTP/1.1\r\nHost: app.localhost\r\nUpgrade: echo\r\n\r\n"],
  ])("are not opened %s: the request goes on as an ordinary one", async (_name, bytes) => {
    await using gateway = await startSwitchboard();
    const heads: string[] = [];
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, (head) => {
        heads.push(head);
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(bytes);
    await client.until(/200 OK[\s\S]*\r\n\r\nok$/);
    client.send("GET /again HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/ok[\s\S]*\r\n\r\nok$/);
    client.socket.destroy();
    expect(heads[0]).not.toMatch(/upgrade|http2/i);
  });

  it("are not opened behind an answer that is still being written", async () => {
    await using gateway = await startSwitchboard();
    const held = Promise.withResolvers<void>();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, async (head) => {
        if (head.includes("/path")) {
          expect(head).not.toMatch(/upgrade/i);
          held.resolve();
        } else await held.promise;
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`GET /slow HTTP/1.1\r\nHost: app.localhost\r\n\r\n${upgrade}\r\n`);
    await client.until(/ok[\s\S]*ok$/);
    client.socket.destroy();
  });
});
