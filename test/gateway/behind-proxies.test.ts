import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request as sendRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { blocks } from "../docs/pages.ts";
import { freePort, startBackend } from "./support/backend.ts";
import { eventually } from "./support/client.ts";
import { poolOf, routesTo, startSwitchboard, temporaryFolder } from "./support/switchboard.ts";

const host = "shop.example.com";

interface Recipe {
  readonly program: string;
  /** The recipe of the documentation, with this test's ports and certificate in it. */
  readonly config: (text: string, place: Place) => string;
  readonly args: (file: string) => string[];
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly gateway: number;
}

const recipes: Readonly<Record<string, Recipe>> = {
  caddyfile: {
    program: "caddy",
    config: (text, { folder, port, gateway }) =>
      `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${text
        .replace(`${host} {`, `https://${host}:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/cert.pem ${folder}/key.pem`)
        .replace("127.0.0.1:8080", `127.0.0.1:${gateway}`)}`,
    args: (file) => ["run", "--adapter", "caddyfile", "--config", file],
  },
  haproxy: {
    program: "haproxy",
    config: (text, { folder, port, gateway }) =>
      text
        .replace("bind :443 ssl crt /etc/haproxy/shop.pem", `bind 127.0.0.1:${port} ssl crt ${folder}/both.pem`)
        .replace("127.0.0.1:8080", `127.0.0.1:${gateway}`),
    args: (file) => ["-db", "-f", file],
  },
};

describe.each(Object.entries(recipes))("behind a proxy, the recipe %s of the documentation", (language, recipe) => {
  it("tells instances the scheme, host and client, whatever the client says of it; and carries WebSockets", async (context) => {
    for (const program of [recipe.program, "openssl"])
      if (spawnSync(program, ["version"]).error) context.skip(`${program} is not installed (scripts/setup-system.sh)`);
    using folder = temporaryFolder();
    await using gateway = await startSwitchboard();
    let seen: IncomingHttpHeaders = {};
    await using backend = await startBackend("one", (request, response) => {
      seen = request.headers;
      response.end("served");
    });
    const sockets = new WebSocketServer({ server: backend.server });
    sockets.on("connection", (socket, request) => socket.send(`hello ${request.headers["x-forwarded-proto"]}`));
    const routes = { ...routesTo(gateway.port, [poolOf(backend.backend)]), hosts: [host], trustProxies: ["127.0.0.1"] };
    expect(await gateway.switchboard.apply(routes)).toMatchObject({ ok: true });

    const place = { folder: folder.path, port: await freePort(), gateway: gateway.port };
    makeCertificate(folder.path);
    const [block] = blocks(language);
    const file = join(folder.path, "config");
    writeFileSync(file, recipe.config(block!.text, place));
    const proxy = await start(recipe, file, place);
    try {
      const lies = { "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil" };
      expect(await askSafely(place.port, { ...lies, Forwarded: "for=6.6.6.6" })).toBe("200 served");
      expect(seen).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" });
      const told = [seen.host, seen["x-forwarded-host"]].map((text) => String(text).split(":")[0]);
      expect(told).toEqual([host, host]);
      expect(seen.forwarded).toBeUndefined();
      const socket = new WebSocket(`wss://127.0.0.1:${place.port}/`, {
        ...{ rejectUnauthorized: false, servername: host },
        headers: { host: `${host}:${place.port}` },
      });
      const [message] = await once(socket, "message");
      expect(String(message)).toBe("hello https");
      socket.terminate();
    } finally {
      const ended = once(proxy, "exit");
      proxy.kill("SIGKILL");
      await ended;
      sockets.close();
    }
  });
});

function makeCertificate(folder: string): void {
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", ...kind, ...subject, ...files], { stdio: "ignore" });
  const both = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8")).join("");
  writeFileSync(join(folder, "both.pem"), both);
}

async function start({ program, args }: Recipe, file: string, { folder, port }: Place): Promise<ChildProcess> {
  mkdirSync(join(folder, "home"));
  const env = { PATH: process.env.PATH, HOME: join(folder, "home") };
  const proxy = spawn(program, args(file), { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [proxy.stdout, proxy.stderr]) stream.on("data", (chunk) => (said += chunk));
  await eventually(async () => {
    if (proxy.exitCode !== null) throw new Error(said);
    return accepts(port);
  });
  return proxy;
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => resolve(true));
  socket.on("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

async function askSafely(port: number, headers: Record<string, string>): Promise<string> {
  const own = { host: `${host}:${port}`, ...headers };
  const request = sendRequest({
    port,
    host: "127.0.0.1",
    servername: host,
    rejectUnauthorized: false,
    headers: own,
    agent: false,
  });
  request.end();
  const [response] = await once(request, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return `${response.statusCode} ${body}`;
}
