import { Agent } from "node:http";
import { describe, expect, it } from "vitest";
import {
  goneBackend,
  onRequestHeads,
  portOf,
  type RawBackend,
  startBackend,
  startRawBackend,
} from "./support/backend.ts";
import { ask, eventually } from "./support/client.ts";
import { startSwitchboard } from "./support/switchboard.ts";

const plain = (body: string, more = "") => `HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

describe("an instance that does not accept connections", () => {
  it("promise 12: costs nobody a request while there is another one, whatever the method and however large the body", async () => {
    // It is avoided for longer than the requests take on any machine.
    await using gateway = await startSwitchboard({ avoidMs: 3_600_000 });
    await using good = await startBackend("good", async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += chunk.length;
      response.end(String(size));
    });
    const gone = await goneBackend();
    for (const method of ["GET", "POST", "DELETE", "PATCH"]) {
      // A new address each time, so that the one before is not avoided already.
      await gateway.serve();
      await gateway.serve({ ...gone, instance: `gone-${method}` }, good.backend);
      for (let request = 0; request < 4; request += 1) {
        const answer = await ask({ port: gateway.port, method, body: Buffer.alloc(1_000_000) });
        expect(answer).toMatchObject({ status: 200, body: "1000000" });
      }
      expect(await gateway.traffic(`gone-${method}`)).toMatchObject({ connectErrors: 1, requests: 1, underWay: 0 });
    }
  });

  it("is tried last for a while, then again", async () => {
    await using gateway = await startSwitchboard({ avoidMs: 200 });
    await using good = await startBackend("good");
    const gone = await goneBackend();
    await gateway.serve(gone, good.backend);
    for (let request = 0; request < 10; request += 1) await ask({ port: gateway.port });
    await eventually(async () => {
      expect((await ask({ port: gateway.port })).body).toBe("good");
      return (await gateway.traffic("gone")).connectErrors >= 2;
    });
    await using back = await startBackend("gone", undefined, portOf(gone));
    await eventually(async () => (await ask({ port: gateway.port })).body === back.backend.instance);
  });

  it("is never given up: when all are refused lately, one that is back gets the request", async () => {
    await using gateway = await startSwitchboard({ avoidMs: 3_600_000 });
    const gone = await goneBackend();
    await gateway.serve(gone);
    const answer = await ask({ port: gateway.port });
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    await using _back = await startBackend("gone", undefined, portOf(gone));
    expect((await ask({ port: gateway.port })).status).toBe(200);
  });
});

describe("a connection that breaks before the answer", () => {
  /** Takes the request and hangs up. */
  const hangUp = () => startRawBackend("bad", (socket) => socket.once("data", () => socket.resetAndDestroy()));

  it.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])(
    "is tried again elsewhere for %s without a body",
    async (method) => {
      await using gateway = await startSwitchboard();
      await using bad = await hangUp();
      await using good = await startBackend("good");
      await gateway.serve(bad.backend, good.backend);
      for (let request = 0; request < 4; request += 1)
        expect((await ask({ port: gateway.port, method })).status).toBe(200);
      expect((await gateway.traffic("bad")).connectErrors).toBeGreaterThan(0);
      expect((await gateway.traffic("bad")).underWay).toBe(0);
    },
  );

  it.each([
    ["POST", undefined],
    ["PATCH", undefined],
    ["POST", "abc"],
    ["PUT", "abc"],
  ])("is 502 for %s with body %j: it may have been done", async (method, body) => {
    await using gateway = await startSwitchboard();
    await using bad = await hangUp();
    await using worse = await hangUp();
    await gateway.serve(bad.backend, { ...worse.backend, instance: "worse" });
    const answer = await ask({ port: gateway.port, method, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(502);
    expect(await gateway.traffic("bad")).toMatchObject({ requests: 1, connectErrors: 1, underWay: 0 });
    expect(await gateway.traffic("worse")).toMatchObject({ requests: 0 });
  });

  it("ends after every instance was tried", async () => {
    await using gateway = await startSwitchboard();
    await using one = await hangUp();
    await using two = await hangUp();
    await gateway.serve({ ...one.backend, instance: "one" }, { ...two.backend, instance: "two" });
    expect((await ask({ port: gateway.port })).status).toBe(502);
    expect((await gateway.traffic("one")).requests).toBe(1);
    expect((await gateway.traffic("two")).requests).toBe(1);
  });

  it("is 504 when the instance takes too long, and is not tried again", async () => {
    await using gateway = await startSwitchboard({ answerMs: 50 });
    await using slow = await startRawBackend("slow", (socket) => socket.resume());
    await gateway.serve(slow.backend);
    const answer = await ask({ port: gateway.port });
    expect(answer).toMatchObject({ status: 504, headers: { "content-type": "text/plain; charset=utf-8" } });
    expect(await gateway.traffic("slow")).toMatchObject({ requests: 1, connectErrors: 1, underWay: 0 });
  });
});

describe("connections to an instance", () => {
  it("are kept and used again", async () => {
    await using gateway = await startSwitchboard();
    let connections = 0;
    await using backend = await startRawBackend("one", (socket) => {
      connections += 1;
      onRequestHeads(socket, () => socket.write(plain("ok")));
    });
    await gateway.serve(backend.backend);
    for (let request = 0; request < 10; request += 1)
      await ask({ port: gateway.port, method: request % 2 === 0 ? "GET" : "POST" });
    expect(connections).toBe(1);
  });

  it("promise 12: that the instance closes are not used again, and cost nobody a request", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, () => socket.end(plain("ok", "Connection: close\r\n")));
    });
    await gateway.serve(backend.backend);
    for (let request = 0; request < 10; request += 1)
      expect((await ask({ port: gateway.port, method: "POST" })).status).toBe(200);
    expect(await gateway.traffic("one")).toMatchObject({ requests: 10, connectErrors: 0 });
  });

  it("that break when they are used again are replaced, for requests that may be repeated", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await breaksSecondTime();
    await gateway.serve(backend.backend);
    for (let request = 0; request < 5; request += 1) expect((await ask({ port: gateway.port })).status).toBe(200);
    expect((await gateway.traffic("one")).connectErrors).toBe(4);
  });

  it("that were idle for a while are not used for requests that must not be repeated", async () => {
    await using gateway = await startSwitchboard({ recentMs: 0 });
    await using backend = await breaksSecondTime();
    await gateway.serve(backend.backend);
    for (let request = 0; request < 5; request += 1)
      expect((await ask({ port: gateway.port, method: "POST", body: "abc" })).status).toBe(200);
    expect(await gateway.traffic("one")).toMatchObject({ requests: 5, connectErrors: 0 });
  });

  it("are not kept as long as the instance says it keeps them", async () => {
    await using gateway = await startSwitchboard();
    let connections = 0;
    await using backend = await startRawBackend("one", (socket) => {
      connections += 1;
      // A second is the margin: nothing is left of it.
      onRequestHeads(socket, () => socket.write(plain("ok", "Keep-Alive: timeout=1\r\n")));
    });
    await gateway.serve(backend.backend);
    for (let request = 0; request < 3; request += 1) await ask({ port: gateway.port });
    expect(connections).toBe(3);
  });

  it("are closed while they are idle too long, and when the instance is taken away", async () => {
    await using gateway = await startSwitchboard({ instanceIdleMs: 1 });
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, () => socket.write(plain("ok")));
      socket.on("end", () => socket.end());
    });
    await gateway.serve(backend.backend);
    await ask({ port: gateway.port });
    await eventually(() => backend.sockets.size === 0);
    await using patient = await startSwitchboard({ instanceIdleMs: 3_600_000 });
    await patient.serve(backend.backend);
    await ask({ port: patient.port });
    expect(backend.sockets.size).toBe(1);
    await patient.serve();
    await eventually(() => backend.sockets.size === 0);
  });

  it.each(["Content-Length: 4", "Transfer-Encoding: chunked"])(
    "are not used again after a 204 that speaks of a body, which may still come: %s",
    async (field) => {
      await using gateway = await startSwitchboard();
      let connections = 0;
      await using backend = await startRawBackend("one", (socket) => {
        connections += 1;
        onRequestHeads(socket, () => socket.write(`HTTP/1.1 204 No Content\r\n${field}\r\n\r\n`));
      });
      await gateway.serve(backend.backend);
      for (let request = 0; request < 3; request += 1) expect((await ask({ port: gateway.port })).status).toBe(204);
      expect(connections).toBe(3);
    },
  );

  it("that say something on their own are not trusted with the next request", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) => {
      socket.on("end", () => socket.end());
      onRequestHeads(socket, () => {
        socket.write(plain("mine"));
        setTimeout(() => socket.write(plain("poison")), 20);
      });
    });
    await gateway.serve(backend.backend);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let request = 0; request < 3; request += 1) {
      expect((await ask({ port: gateway.port, agent })).body).toBe("mine");
      await eventually(() => backend.sockets.size === 0);
    }
    agent.destroy();
  });

  /** Answers the first request of each connection and hangs up at the second. */
  function breaksSecondTime(): Promise<RawBackend> {
    return startRawBackend("one", (socket) => {
      let requests = 0;
      onRequestHeads(socket, () => {
        requests += 1;
        if (requests === 1) socket.write(plain("ok"));
        else socket.resetAndDestroy();
      });
    });
  }
});
