import { createHmac } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Message, send, signedHeaders } from "../../../src/agent/alerts/send.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { failureOf, unwrap } from "../../app/ports.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const message: Message = {
  project: "shop",
  alert: {
    id: "deployment/production/7",
    at: 1_700_000_000_000,
    kind: "deploymentTakenOut",
    environment: "production",
    what: "Deployment 7 was taken out",
    affects: "The release before serves",
    run: "tidegate explain 7",
  },
};
const webhook = { kind: "webhook", url: "URL", secret: "KEY" } as const;

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

interface Heard {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** A server on loopback that answers with this status; what it has heard. */
async function listening(status: number, headers: Record<string, string> = {}) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    heard.push({ request, body });
    response.writeHead(status, headers).end("what nobody reads");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=hidden` };
}

const secretsFor = (url: string, key = "a key of the receiver's") =>
  new Map([
    ["URL", new Secret(url)],
    ["KEY", new Secret(key)],
  ]);

test("a webhook is signed as Standard Webhooks say, and says what happened, what is affected and what to do", async () => {
  const { heard, url } = await listening(204);
  unwrap(await send(webhook, secretsFor(url), message, 1_700_000_001_500));
  const { request, body } = heard[0]!;
  expect(request.method).toBe("POST");
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request.headers;
  expect([id, timestamp]).toEqual(["deployment/production/7", "1700000001"]);
  const expected = createHmac("sha256", "a key of the receiver's")
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64");
  expect(signature).toBe(`v1,${expected}`);
  expect(JSON.parse(body)).toEqual({
    type: "tidegate.deploymentTakenOut",
    timestamp: "2023-11-14T22:13:20.000Z",
    data: { project: "shop", ...message.alert, at: "2023-11-14T22:13:20.000Z" },
  });
});

test("the signature is the one of the example in Standard Webhooks", () => {
  const secret = new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const body = '{"test": 2432232314}';
  expect(signedHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek", body, secret, 1_614_265_330_000)["webhook-signature"]).toBe(
    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  );
});

test("a redirect is not followed: the message goes where it was to go, or nowhere", async () => {
  const elsewhere = await listening(200);
  const { url } = await listening(307, { location: elsewhere.url });
  expect(failureOf(await send(webhook, secretsFor(url), message, 0)).cause).toBe(
    "The other side answered with status 307",
  );
  expect(elsewhere.heard).toEqual([]);
});

test("promise 6: what could not be delivered tells nothing of the address or the secret", async () => {
  const { url } = await listening(500);
  const failures = [
    failureOf(await send(webhook, secretsFor(url), message, 0)),
    failureOf(await send(webhook, secretsFor("http://127.0.0.1:1/hook?token=hidden"), message, 0)),
    failureOf(await send(webhook, secretsFor("file:///etc/passwd?token=hidden"), message, 0)),
    failureOf(await send(webhook, new Map(), message, 0)),
  ];
  expect(failures.map(({ cause }) => cause)).toEqual([
    "The other side answered with status 500",
    expect.stringContaining("The connection failed"),
    "The address is no http:// or https:// address",
    "The secret URL is missing",
  ]);
  expect(JSON.stringify(failures)).not.toMatch(/hidden|receiver/);
});

test("a command gets the alert as JSON on its standard input, and nothing of the agent's environment", async () => {
  const folder = tempFolder();
  const script = join(folder, "tell.mjs");
  const output = join(folder, "told.json");
  writeFileSync(
    script,
    `import { readFileSync, writeFileSync } from "node:fs";
     writeFileSync(process.argv[2], JSON.stringify({ told: JSON.parse(readFileSync(0, "utf8")), env: Object.keys(process.env) }));`,
  );
  process.env.SOMETHING_PRIVATE = "x";
  unwrap(await send({ kind: "command", run: [process.execPath, script, output] }, new Map(), message, 0));
  delete process.env.SOMETHING_PRIVATE;
  const { told, env } = JSON.parse(readFileSync(output, "utf8"));
  expect(told).toMatchObject({ id: "deployment/production/7", run: "tidegate explain 7", project: "shop" });
  expect(env).not.toContain("SOMETHING_PRIVATE");
});

test("a command that fails, or is not there, is told as such", async () => {
  const failing = await send(
    { kind: "command", run: [process.execPath, "-e", "process.exit(3)"] },
    new Map(),
    message,
    0,
  );
  expect(failureOf(failing).cause).toMatch(/ended with exit code 3/);
  const missing = await send({ kind: "command", run: ["/no/such/program"] }, new Map(), message, 0);
  expect(failureOf(missing).cause).toBe("/no/such/program cannot be started (ENOENT)");
});
