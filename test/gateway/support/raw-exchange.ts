import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { startBackend, type TestBackend } from "./backend.ts";
import { eventually, RawClient } from "./client.ts";

/** What became of bytes: the statuses that the client got, and the requests that came to the instance. */
export interface Outcome {
  readonly client: string;
  readonly upstream: readonly string[];
}

const usual = new Set(
  ["host", "connection", "content-length", "transfer-encoding", "x-forwarded-for"].concat([
    "x-forwarded-proto",
    "x-forwarded-host",
    "keep-alive",
    "expect",
  ]),
);

/** An instance that writes down each whole request: method, target, host, other fields than the usual ones, body. */
export async function startRecorder(): Promise<TestBackend & { readonly seen: string[] }> {
  const seen: string[] = [];
  const backend = await startBackend("recorder", async (request, response) => {
    try {
      let body = "";
      for await (const chunk of request) body += chunk;
      const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
      const more = names.filter((name) => !usual.has(name)).sort();
      seen.push([request.method, request.url, request.headers.host, `{${more.join(" ")}}`, body].join(" ").trim());
      response.end("ok");
    } catch {
      // Half a request is none.
    }
  });
  return Object.assign(backend, { seen });
}

/** Sends the bytes, then says that this was all; resolves when the other side has closed. */
export async function exchangeRaw(port: number, bytes: string, seen: string[]): Promise<Outcome> {
  seen.length = 0;
  const client = await RawClient.open(port);
  client.send(bytes);
  client.socket.end();
  const received = await client.closed();
  const statuses = [...received.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => status as string);
  return { client: statuses.filter((status) => status !== "100").join(" ") || "nothing", upstream: [...seen] };
}

export interface Proxy extends AsyncDisposable {
  readonly port: number;
}

const configs: Readonly<Record<string, (port: number, upstream: number, folder: string) => string>> = {
  haproxy: (port, upstream) => `
defaults
    mode http
    timeout connect 5s
    timeout client 2s
    timeout server 5s
frontend f
    bind 127.0.0.1:${port}
    default_backend b
backend b
    server one 127.0.0.1:${upstream}
`,
  nginx: (port, upstream, folder) => `
daemon off;
pid ${folder}/pid;
error_log stderr crit;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_header_timeout 2s;
  client_body_timeout 2s;
  lingering_timeout 1s;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_ignore_client_abort on;
    }
  }
}
`,
};

/** Why the program cannot give its opinion; `undefined`: it can. */
export function whyNot(program: string): string | undefined {
  return spawnSync(program, ["-v"]).error === undefined
    ? undefined
    : `${program} is not installed (scripts/setup-system.sh)`;
}

/** Debian's HAProxy or nginx as it comes, in front of the recorder. */
export async function startProxy(program: string, port: number, upstream: number, folder: string): Promise<Proxy> {
  const own = join(folder, program);
  mkdirSync(own);
  const file = join(own, "config");
  writeFileSync(file, configs[program]!(port, upstream, own));
  const args = program === "nginx" ? ["-c", file, "-p", own, "-e", "stderr"] : ["-db", "-f", file];
  const child: ChildProcess = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (chunk) => (said += chunk));
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(said);
    return accepts(port);
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1", () => resolve(true));
  socket.on("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}
