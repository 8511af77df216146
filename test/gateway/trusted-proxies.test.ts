import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAuthority } from "../../src/gateway/embedded/proxy/authority.ts";
import { clientIdentity } from "../../src/gateway/embedded/proxy/client-identity.ts";
import { isNetwork, networkSet, plainAddress } from "../../src/gateway/networks.ts";
import { startBackend, type TestBackend } from "./support/backend.ts";
import { ask } from "./support/client.ts";
import { poolOf, routesTo, startSwitchboard, type TestGateway } from "./support/switchboard.ts";

describe("what a request says of its client", () => {
  const own = readAuthority("inside:8080")!;
  const inside = networkSet(["10.0.0.0/8", "fd00::/8"]);
  const trusts = (host: string, address: string) => host !== "other" && inside(address);
  const seen = (peer: string, told: { for?: string[]; proto?: string[]; host?: string[] }) => {
    const found = clientIdentity(peer, own, { for: [], proto: [], host: [], ...told }, trusts);
    return found && `${found.scheme} ${found.authority.sent} ${found.client}`;
  };

  it.each([
    ["8.8.8.8", { for: ["1.1.1.1"], proto: ["https"], host: ["shop"] }, "http inside:8080 8.8.8.8"],
    ["10.0.0.1", {}, "http inside:8080 10.0.0.1"],
    ["10.0.0.1", { for: ["1.1.1.1"], proto: ["https"], host: ["shop"] }, "https shop 1.1.1.1"],
    ["10.0.0.1", { proto: ["wss"], host: ["Shop:8443"] }, "https Shop:8443 10.0.0.1"],
    ["10.0.0.1", { proto: ["gopher"] }, "http inside:8080 10.0.0.1"],
    ["10.0.0.1", { for: ["6.6.6.6, 1.1.1.1, 10.0.0.2"] }, "http inside:8080 1.1.1.1"],
    ["10.0.0.1", { for: ["6.6.6.6", "1.1.1.1:4711"] }, "http inside:8080 1.1.1.1"],
    ["10.0.0.1", { for: ["10.0.0.3, fd00::2"] }, "http inside:8080 10.0.0.3"],
    ["10.0.0.1", { for: ["1.1.1.1, unknown, 10.0.0.2"] }, "http inside:8080 10.0.0.2"],
    ["10.0.0.1", { for: ["[2001:db8::1]:80"] }, "http inside:8080 2001:db8::1"],
    ["10.0.0.1", { for: ["<script>"] }, "http inside:8080 10.0.0.1"],
    ["10.0.0.1", { host: ["evil, shop"], proto: ["http, https"] }, "https shop 10.0.0.1"],
    ["10.0.0.1", { host: ["a b"] }, undefined],
    ["8.8.8.8", { host: ["a b"] }, "http inside:8080 8.8.8.8"],
    ["fd00::9", { for: ["1.1.1.1"] }, "http inside:8080 1.1.1.1"],
  ])("of %s, %j, is %s", (peer, told, expected) => expect(seen(peer, told)).toBe(expected));
});

it("networks are addresses, or addresses with how many bits count", () => {
  const right = ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8", "0.0.0.0/0"];
  const wrong = ["", "10.0.0.0/33", "10.0.0/8", "proxy.local", "10.0.0.0/8/8", "::1/129", "10.0.0.0/-1", "10.0.0.0/"];
  expect([...right, ...wrong].filter(isNetwork)).toEqual(right);
  expect(networkSet(["10.0.0.0/8"])(plainAddress("::ffff:10.1.2.3"))).toBe(true);
  expect(networkSet(["10.0.0.0/8"])("unknown")).toBe(false);
});

describe("a gateway behind a proxy", () => {
  let gateway: TestGateway;
  let backend: TestBackend;
  let seen: IncomingHttpHeaders = {};
  beforeAll(async () => {
    gateway = await startSwitchboard();
    backend = await startBackend("one", (request, response) => {
      seen = request.headers;
      response.end();
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });
  const told = {
    "X-Forwarded-For": "1.2.3.4",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.localhost",
    Forwarded: "for=6.6.6.6",
    "X-Real-IP": "6.6.6.6",
    X_Forwarded_For: "6.6.6.6",
  };
  const serve = (trustProxies: readonly string[]) =>
    gateway.switchboard.apply({ ...routesTo(gateway.port, [poolOf(backend.backend)]), trustProxies });

  it("tells instances the client, scheme and host that a trusted proxy says, and nothing else of the kind", async () => {
    await serve(["127.0.0.1"]);
    expect((await ask({ port: gateway.port, host: "127.0.0.1:8080", headers: told })).status).toBe(200);
    expect(seen).toEqual({
      host: "app.localhost",
      connection: "keep-alive",
      "x-forwarded-for": "1.2.3.4",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "app.localhost",
    });
    expect((await ask({ port: gateway.port, headers: { ...told, "x-forwarded-host": "a b" } })).status).toBe(400);
    expect((await ask({ port: gateway.port, headers: { ...told, "x-forwarded-host": "other" } })).status).toBe(404);
  });

  it("replaces what others say, also about the host", async () => {
    await serve(["10.0.0.0/8"]);
    expect((await ask({ port: gateway.port, host: "other", headers: told })).status).toBe(404);
    expect((await ask({ port: gateway.port, headers: told })).status).toBe(200);
    expect(seen).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", host: "app.localhost" });
  });

  it("keeps on the disk whom it trusts, and refuses networks that are none", async () => {
    expect(await serve(["10.0.0.0/8"])).toMatchObject({ ok: true });
    expect(await serve(["proxy.local"])).toMatchObject({ ok: false, failures: [{ code: "bad-arguments" }] });
    const observed = await gateway.switchboard.observe();
    expect(observed.ok && observed.value.environments[0]?.trustProxies).toEqual(["10.0.0.0/8"]);
    expect(observed.ok && observed.value.problems).toBeUndefined();
  });
});
