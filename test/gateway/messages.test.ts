import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, it } from "vitest";
import { onRequestHeads, startBackend, startRawBackend } from "./support/backend.ts";
import { ask, eventually, RawClient } from "./support/client.ts";
import { startSwitchboard } from "./support/switchboard.ts";

describe("requests on their way to an instance", () => {
  it("say who the client really is, whatever it says itself", async () => {
    await using gateway = await startSwitchboard();
    let seen: IncomingHttpHeaders = {};
    await using backend = await startBackend("one", (request, response) => {
      seen = request.headers;
      response.end();
    });
    await gateway.serve(backend.backend);
    const lies = {
      "X-Forwarded-For": "1.2.3.4",
      "x-forwarded-proto": "https",
      "X-Forwarded-Host": "evil",
      "X-Forwarded-Port": "1",
      X_Forwarded_For: "1.2.3.4",
      Forwarded: "for=1.2.3.4",
      "X-Real-IP": "1.2.3.4",
      Proxy: "http://evil",
    };
    await ask({ port: gateway.port, host: "app.localhost:99", headers: lies });
    expect(seen).toEqual({
      host: "app.localhost:99",
      connection: "keep-alive",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "app.localhost:99",
    });
  });

  it("lose what belongs to the connection, also what Connection names, but not what frames or routes them", async () => {
    await using gateway = await startSwitchboard();
    let seen: IncomingHttpHeaders = {};
    let body = "";
    await using backend = await startBackend("one", async (request, response) => {
      seen = request.headers;
      for await (const chunk of request) body += chunk;
      response.end();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(
      "POST / HTTP/1.1\r\nHost: app.localhost\r\nConnection: X-Gone, content-length, host, x-forwarded-for\r\n" +
        "X-Gone: 1\r\nX-Kept: 1\r\nKeep-Alive: timeout=9\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n" +
        "Proxy-Connection: close\r\nProxy-Authorization: x\r\nContent-Length: 3\r\n\r\nabc",
    );
    await client.until(/200 OK/);
    client.socket.destroy();
    expect(body).toBe("abc");
    expect(Object.keys(seen).sort()).toEqual([
      "connection",
      "content-length",
      "host",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
      "x-kept",
    ]);
  });

  it("have no second spelling of what frames them, belongs to the connection, or says who asks", async () => {
    await using gateway = await startSwitchboard();
    let seen: string[] = [];
    await using backend = await startBackend("one", (request, response) => {
      seen = request.rawHeaders.filter((_, index) => index % 2 === 0);
      response.end();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    const names = [
      "Content_Length",
      "Transfer_Encoding",
      "transfer-Encoding_",
      "Proxy_Authorization",
      "Keep_Alive",
      "HTTP2_Settings",
    ];
    const more = ["X_Forwarded_For", "X-Forwarded_Proto", "X_Real_IP", "X-Real_IP", "Proxy_Connection", "Own_Name"];
    const fields = [...names, ...more].map((name) => `${name}: 50\r\n`).join("");
    client.send(`POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 2\r\n${fields}\r\nhi`);
    await client.until(/200 OK/);
    client.socket.destroy();
    expect(seen.filter((name) => name.includes("_"))).toEqual(["transfer-Encoding_", "Own_Name"]);
  });

  it("keep repeated fields, their order, and bytes beyond ASCII", async () => {
    await using gateway = await startSwitchboard();
    let seen: string[] = [];
    await using backend = await startBackend("one", (request, response) => {
      seen = request.rawHeaders;
      response.end();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\nX-B: 1\r\nx-a: \xc3\xbc\r\nX-B: 2\r\n\r\n");
    await client.until(/200 OK/);
    client.socket.destroy();
    expect(seen.slice(2, 8)).toEqual(["X-B", "1", "x-a", "\xc3\xbc", "X-B", "2"]);
  });

  it.each([
    ["POST", "0"],
    ["PATCH", "0"],
    ["GET", undefined],
    ["DELETE", undefined],
  ])("have no body when the client sent none: %s", async (method, length) => {
    await using gateway = await startSwitchboard();
    let seen: IncomingHttpHeaders = {};
    await using backend = await startBackend("one", (request, response) => {
      seen = request.headers;
      response.end();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`${method} / HTTP/1.1\r\nHost: app.localhost\r\n\r\n`);
    await client.until(/200 OK/);
    client.socket.destroy();
    expect(seen["content-length"]).toBe(length);
    expect(seen["transfer-encoding"]).toBeUndefined();
  });

  it("take trailers along, but none that frame or route", async () => {
    await using gateway = await startSwitchboard();
    let trailers: NodeJS.Dict<string> = {};
    await using backend = await startBackend("one", async (request, response) => {
      for await (const _ of request);
      trailers = request.trailers;
      response.end();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(
      "POST / HTTP/1.1\r\nHost: app.localhost\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" +
        "1\r\na\r\n0\r\nX-Sum: 1\r\nHost: evil\r\nX-Forwarded-For: evil\r\n\r\n",
    );
    await client.until(/200 OK/);
    client.socket.destroy();
    expect(trailers).toEqual({ "x-sum": "1" });
  });

  it("wait for 100 Continue of the instance itself", async () => {
    await using gateway = await startSwitchboard();
    const asked = Promise.withResolvers<() => void>();
    await using backend = await startBackend("one");
    backend.server.on("checkContinue", async (request, response) => {
      await new Promise<void>((resolve) => asked.resolve(resolve));
      response.writeContinue();
      let body = "";
      for await (const chunk of request) body += chunk;
      response.end(`got ${body}`);
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    const allow = await asked.promise;
    expect(client.received).toBe("");
    allow();
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.send("abc");
    await client.until(/got abc/);
    client.socket.destroy();
  });

  it("end their connection when an instance refuses a body that was announced and not sent", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one");
    backend.server.on("checkContinue", (_request, response) => {
      response.statusCode = 413;
      response.end("too much");
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 413 [\s\S]*Connection: close[\s\S]*too much/i);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("are refused when they expect something that nobody knows", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one");
    await gateway.serve(backend.backend);
    expect((await ask({ port: gateway.port, headers: { expect: "miracles" } })).status).toBe(417);
  });
});

describe("answers on their way to the client", () => {
  it("lose what belongs to the connection and keep the rest", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, () =>
        socket.write(
          "HTTP/1.1 299 As Told\r\nConnection: X-Gone, keep-alive\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\n" +
            "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nServer: odd\r\n" +
            'Content-Length: 2\r\nContent-Disposition: attachment; filename="\xe4\xb8\xad.pdf"\r\n\r\nok',
          "latin1",
        ),
      );
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    const answer = await client.until(/\r\n\r\nok$/);
    client.socket.destroy();
    expect(answer.split("\r\n").slice(0, -2)).toEqual([
      "HTTP/1.1 299 As Told",
      "Set-Cookie: a=1",
      "Set-Cookie: b=2",
      "Date: Sat, 01 Jan 2000 00:00:00 GMT",
      "Server: odd",
      'Content-Disposition: attachment; filename="\xe4\xb8\xad.pdf"',
      "Content-Length: 2",
      "Connection: keep-alive",
      "Keep-Alive: timeout=75",
    ]);
  });

  it.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "Content-Length: 5"],
    ["HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n", "200 OK"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n", "Content-Length: 5"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", "204 No Content"],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "Content-Length: 0"],
  ])("to %s without a body leave the connection usable: %j", async (method, answer, expected) => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, (head) =>
        socket.write(head.includes("/next") ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext" : answer),
      );
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`${method} / HTTP/1.1\r\nHost: app.localhost\r\n\r\n`);
    await client.until(/\r\n\r\n$/);
    expect(client.received).toContain(expected);
    client.send("GET /next HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nnext$/);
    client.socket.destroy();
  });

  it("bring their trailers and early hints along", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one", (_request, response) => {
      response.writeEarlyHints({ link: "</a.css>; rel=preload" });
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("body");
      response.addTrailers({ "X-Sum": "4" });
      response.end();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    const answer = await client.until(/0\r\nX-Sum: 4\r\n\r\n$/);
    client.socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain("Trailer: X-Sum\r\n");
  });

  it("come whole to a client of HTTP/1.0", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one", (_request, response) => {
      response.writeHead(200, { Trailer: "X-Sum" });
      response.write("a");
      response.addTrailers({ "X-Sum": "4" });
      response.end("b");
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.0\r\nHost: app.localhost\r\n\r\n");
    const answer = await client.closed();
    expect(answer).toMatch(/\r\n\r\nab$/);
    expect(answer).not.toMatch(/chunked/i);
  });

  it("come in the order of pipelined requests", async () => {
    await using gateway = await startSwitchboard();
    const held = Promise.withResolvers<void>();
    await using backend = await startBackend("one", async (request, response) => {
      if (request.url === "/first") await held.promise;
      else held.resolve();
      response.end(request.url);
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    for (const path of ["/first", "/second"]) client.send(`GET ${path} HTTP/1.1\r\nHost: app.localhost\r\n\r\n`);
    await client.until(/first[\s\S]*second/);
    client.socket.destroy();
  });

  it.each([20_000, 32_000])(
    "may have a head as long as a request's: %i bytes, of an instance that is asked once",
    async (size) => {
      await using gateway = await startSwitchboard();
      await using backend = await startBackend("one", (_request, response) => {
        response.setHeader("Link", "a".repeat(size));
        response.end("ok");
      });
      await gateway.serve(backend.backend);
      const answer = await ask({ port: gateway.port, maxHeaderSize: 100_000 });
      expect(answer).toMatchObject({ status: 200, headers: { link: "a".repeat(size) }, body: "ok" });
      expect((await gateway.traffic("one")).requests).toBe(1);
    },
  );

  it("keep all of their fields, however many", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("one", (_request, response) => {
      for (let number = 0; number < 2_500; number += 1) response.setHeader(`x-${number}`, "");
      response.end("ok");
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    expect((await client.until(/\r\n\r\n/)).match(/^x-\d+:/gm)).toHaveLength(2_500);
    client.socket.destroy();
  });

  it.each([
    ["not HTTP", "SSH-2.0-OpenSSH\r\n", /not valid HTTP/],
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      /not valid HTTP.*Content-Length/,
    ],
    [
      "a length beside chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /not valid HTTP/,
    ],
    [
      "a coding nobody knows",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      /Transfer-Encoding other than chunked/,
    ],
    ["a bare line feed", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", /not valid HTTP/],
    [
      "another protocol that nobody asked for",
      "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
      /protocol that nobody asked for/,
    ],
    ["a head without end", `HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(70_000)}`, /longer than 32768 bytes/],
    ["a reason that cannot be passed on", "HTTP/1.1 200 a\x01b\r\nContent-Length: 0\r\n\r\n", /not valid HTTP/],
    ["of another version of HTTP", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", /version of HTTP/],
    ["nothing", "", /closed the connection before it answered/],
  ])("are 502 that says why when they are %s, and the operator is told", async (_name, bytes, rule) => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) =>
      onRequestHeads(socket, () => socket.end(bytes, "latin1")),
    );
    await gateway.serve(backend.backend);
    // What breaks off without a word is asked again where that does no harm.
    const answer = await ask({ port: gateway.port, method: bytes === "" ? "POST" : "GET" });
    expect(answer).toMatchObject({ status: 502, headers: { "content-type": "text/plain; charset=utf-8" } });
    expect(answer.body).toMatch(rule);
    expect(await gateway.traffic("one")).toMatchObject({ underWay: 0, requests: 1 });
    const observed = await gateway.switchboard.observe();
    expect(observed.ok && observed.value.substitutes).toMatchObject([
      { environment: "production", instance: "one", status: 502, rule: expect.stringMatching(rule), times: 1 },
    ]);
  });
});
