import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBackend, type TestBackend } from "./support/backend.ts";
import { eventually, RawClient } from "./support/client.ts";
import { startSwitchboard, type TestGateway } from "./support/switchboard.ts";

/** Each row is refused before anything of it reaches an instance. */
const refused: readonly (readonly [name: string, bytes: string])[] = [
  [
    "Content-Length before Transfer-Encoding",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
  ],
  [
    "Transfer-Encoding before Content-Length",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n",
  ],
  [
    "two different Content-Lengths",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
  ],
  [
    "two equal Content-Lengths",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
  ],
  ["a list as Content-Length", "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3, 3\r\n\r\nabc"],
  ["a signed Content-Length", "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: +3\r\n\r\nabc"],
  ["a negative Content-Length", "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: -1\r\n\r\nabc"],
  ["a hexadecimal Content-Length", "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 0x3\r\n\r\nabc"],
  ["an empty Content-Length", "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length:\r\n\r\nabc"],
  [
    "a Content-Length beyond all numbers",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
  ],
  [
    "an unknown Transfer-Encoding",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "chunked that is not last",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
  ],
  [
    "a coding before chunked",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "chunked twice",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "Transfer-Encoding: chunked and cow",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n",
  ],
  [
    "a quoted Transfer-Encoding",
    'POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
  ],
  [
    "a vertical tab before chunked",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "a folded Transfer-Encoding",
    "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
  ],
  [
    "Transfer-Encoding in HTTP/1.0",
    "POST / HTTP/1.0\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a space before a colon", "POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
  ["a space before the first field", "GET / HTTP/1.1\r\n Host: app.localhost\r\n\r\n"],
  ["a folded field", "GET / HTTP/1.1\r\nHost: app.localhost\r\nX-One: a\r\n b\r\n\r\n"],
  ["a field without a colon", "GET / HTTP/1.1\r\nHost: app.localhost\r\nX-One\r\n\r\n"],
  ["a field without a name", "GET / HTTP/1.1\r\nHost: app.localhost\r\n: x\r\n\r\n"],
  ["bare line feeds", "GET / HTTP/1.1\nHost: app.localhost\n\n"],
  ["a bare line feed between fields", "GET / HTTP/1.1\r\nHost: app.localhost\nX-One: a\r\n\r\n"],
  ["a bare line feed at the end of the head", "GET / HTTP/1.1\r\nHost: app.localhost\r\n\n"],
  ["a bare carriage return in a value", "GET / HTTP/1.1\r\nHost: app.localhost\r\nX-One: a\rX-Two: b\r\n\r\n"],
  ["NUL in a value", "GET / HTTP/1.1\r\nHost: app.localhost\r\nX-One: a\0b\r\n\r\n"],
  ["NUL in a name", "GET / HTTP/1.1\r\nHost: app.localhost\r\nX-\0One: a\r\n\r\n"],
  ["a control character in a value", "GET / HTTP/1.1\r\nHost: app.localhost\r\nX-One: a\x01b\r\n\r\n"],
  ["a space in the target", "GET /a b HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["a fragment in the target", "GET /a#b HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["a target without a slash", "GET a HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["an https target", "GET https://app.localhost/ HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["a target with a user", "GET http://me@app.localhost/ HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["a target without a host", "GET http:/// HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["a star for GET", "GET * HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["no Host", "GET / HTTP/1.1\r\n\r\n"],
  ["no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"],
  ["two Hosts", "GET / HTTP/1.1\r\nHost: app.localhost\r\nHost: other.localhost\r\n\r\n"],
  ["the same Host twice", "GET / HTTP/1.1\r\nHost: app.localhost\r\nHost: app.localhost\r\n\r\n"],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"],
  ["a list of Hosts", "GET / HTTP/1.1\r\nHost: app.localhost, other.localhost\r\n\r\n"],
  ["a Host with a path", "GET / HTTP/1.1\r\nHost: app.localhost/x\r\n\r\n"],
  ["a Host with a user", "GET / HTTP/1.1\r\nHost: me@app.localhost\r\n\r\n"],
  ["a Host with a wrong port", "GET / HTTP/1.1\r\nHost: app.localhost:80x\r\n\r\n"],
  ["an invalid Host beside a target with one", "GET http://app.localhost/ HTTP/1.1\r\nHost: a b\r\n\r\n"],
  ["an unknown HTTP version", "GET / HTTP/1.2\r\nHost: app.localhost\r\n\r\n"],
  ["HTTP/0.9", "GET /\r\n\r\n"],
  ["HTTP/0.9 with fields", "GET / HTTP/0.9\r\nHost: app.localhost\r\n\r\n"],
  ["HTTP/2.0 with fields", "GET / HTTP/2.0\r\nHost: app.localhost\r\n\r\n"],
  ["a lower-case version", "GET / http/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["a head that is too long", `GET / HTTP/1.1\r\nHost: app.localhost\r\nX-One: ${"a".repeat(40_000)}\r\n\r\n`],
  ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["CONNECT", "CONNECT app.localhost:443 HTTP/1.1\r\nHost: app.localhost\r\n\r\n"],
  ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
];

/** The head is in order, the body is not: the instance never sees a whole request. */
const brokenBodies: readonly (readonly [name: string, body: string])[] = [
  ["a chunk size with a bare line feed", "1\na\r\n0\r\n\r\n"],
  ["chunk data with a bare line feed", "1\r\na\n0\r\n\r\n"],
  ["a chunk longer than its size", "1\r\nab\r\n0\r\n\r\n"],
  ["a chunk size that is no number", "x\r\na\r\n0\r\n\r\n"],
  ["a chunk size with 0x", "0x1\r\na\r\n0\r\n\r\n"],
  ["a negative chunk size", "-1\r\na\r\n0\r\n\r\n"],
  ["a chunk size beyond all numbers", "fffffffffffffffff\r\na\r\n0\r\n\r\n"],
  ["a space before a chunk size", " 1\r\na\r\n0\r\n\r\n"],
  ["a line feed in a chunk extension", "1;a\nb\r\na\r\n0\r\n\r\n"],
  ["a carriage return in a chunk extension", "1;a\rb\r\na\r\n0\r\n\r\n"],
  ["NUL in a chunk extension", "1;a\0b\r\na\r\n0\r\n\r\n"],
  ["a chunk extension without end", `1;${"a".repeat(40_000)}\r\na\r\n0\r\n\r\n`],
  ["a trailer with a space before its colon", "1\r\na\r\n0\r\nX-One : a\r\n\r\n"],
  ["a trailer with a bare line feed", "1\r\na\r\n0\r\nX-One: a\n\r\n"],
];

describe("request smuggling", () => {
  let gateway: TestGateway;
  let backend: TestBackend;
  /** What the instance saw of whole requests. */
  let seen: string[] = [];

  beforeAll(async () => {
    gateway = await startSwitchboard();
    backend = await startBackend("one", async (request: IncomingMessage, response) => {
      try {
        let body = "";
        for await (const chunk of request) body += chunk;
        seen.push(`${request.method} ${request.url} ${body}`);
        response.end("seen");
      } catch {
        // The gateway broke the request off.
      }
    });
    await gateway.serve(backend.backend);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  /** Sends the bytes and then an innocent request: whatever the first do, the second must not be answered. */
  async function attack(bytes: string): Promise<string> {
    seen = [];
    const client = await RawClient.open(gateway.port);
    client.send(bytes);
    client.send("GET /innocent HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    // An answer to the innocent one would leave the connection open.
    await Promise.race([client.closed(), client.until(/200 OK/).catch(() => {})]);
    client.socket.destroy();
    return client.received;
  }

  it.each(refused)("refuses %s and closes the connection", async (_name, bytes) => {
    const answer = await attack(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|405|413|431|501|505) /);
    // The text for people may name the version, too.
    expect(answer.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(answer).not.toContain("200 OK");
    expect(seen).toEqual([]);
  });

  it.each(brokenBodies)("breaks off a request with %s", async (_name, body) => {
    const answer = await attack(
      `POST /guilty HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
    );
    expect(answer).not.toContain("200 OK");
    expect(seen).toEqual([]);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("sends on what it understood, not the bytes it got: chunk extensions are gone", async () => {
    seen = [];
    const client = await RawClient.open(gateway.port);
    client.send(
      "POST /x HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n1;ext=1\r\na\r\n0\r\n\r\n",
    );
    await client.until(/200 OK/);
    client.socket.destroy();
    expect(seen).toEqual(["POST /x a"]);
  });

  it("takes the authority of an absolute target, and tells the instance that one", async () => {
    const hosts: (string | undefined)[] = [];
    await using other = await startBackend("two", (request, response) => {
      hosts.push(request.headers.host, request.headers["x-forwarded-host"] as string, request.url);
      response.end();
    });
    await gateway.serve(other.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET http://app.localhost:81/a?b HTTP/1.1\r\nHost: evil.localhost\r\n\r\n");
    await client.until(/200 OK/);
    client.send("GET http://app.localhost?b HTTP/1.1\r\nHost: evil.localhost\r\n\r\n");
    await client.until(/200 OK[\s\S]*200 OK/);
    client.socket.destroy();
    expect(hosts).toEqual(["app.localhost:81", "app.localhost:81", "/a?b", "app.localhost", "app.localhost", "/?b"]);
    await gateway.serve(backend.backend);
  });
});
