import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as client from "../../src/gateway/embedded/client.ts";
import { Program, versionOf } from "./programs.ts";

/** A proxy that stands before the instances while it is measured. */
export interface Running extends AsyncDisposable {
  readonly pids: readonly number[];
}

export interface Place {
  /** Of its own, empty. */
  readonly folder: string;
  readonly port: number;
  /** The ports of the instances. */
  readonly instances: readonly number[];
}

/** A proxy with as much as an application needs of it: connections kept, the client's address handed on, no log. */
export interface Contender {
  readonly name: string;
  /** `undefined`: it is not installed. */
  readonly version: string | undefined;
  readonly start: (place: Place) => Promise<Running>;
}

export const hostName = "app.localhost";

/** Most connections of clients at a time, and as many to instances. */
const connections = 4_096;

/** Of a checkout: another one than this can be measured beside it. */
export function tidegate(name: string, checkout: string): Contender {
  return {
    name,
    version: process.version,
    async start({ folder, port, instances }) {
      const { startGateway, embeddedGateway }: typeof client = await import(
        join(checkout, "src/gateway/embedded/client.ts")
      );
      const controlSocketPath = join(folder, "control.sock");
      const place = { stateFolder: join(folder, "tables"), controlSocketPath, logFile: join(folder, "log") };
      const started = await startGateway(place);
      if (!started.ok) throw new Error(JSON.stringify(started.failures));
      const gateway = embeddedGateway(controlSocketPath);
      const backends = instances.map((each) => ({ instance: `web-${each}`, address: `127.0.0.1:${each}` }));
      const applied = await gateway.apply({
        environment: "bench",
        token: 1,
        listen: { host: "127.0.0.1", port },
        hosts: [hostName],
        routes: [{ prefix: "/", pools: [{ deployment: 1, release: "r", share: 1, backends }] }],
        internal: [],
      });
      if (!applied.ok) throw new Error(JSON.stringify(applied.failures));
      return { pids: await whole(gateway), [Symbol.asyncDispose]: async () => void (await gateway.stop(0)) };
    },
  };
}

/** Once all of its processes serve. */
async function whole(gateway: client.EmbeddedGateway): Promise<number[]> {
  const wanted = process.platform === "linux" ? 2 : 1;
  for (;;) {
    const observed = await gateway.observe();
    if (observed.ok && observed.value.processes.length === wanted)
      return observed.value.processes.map(({ pid }) => pid);
  }
}

export const haproxy: Contender = {
  name: "HAProxy",
  version: versionOf(["haproxy", "-v"]),
  start: (place) => {
    const file = write(
      place,
      `global
  maxconn ${connections}
defaults
  mode http
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse safe
frontend all
  bind 127.0.0.1:${place.port}
  default_backend web
backend web
  balance leastconn
${place.instances.map((port) => `  server web-${port} 127.0.0.1:${port}`).join("\n")}
`,
    );
    return begin(["haproxy", "-db", "-f", file], place);
  },
};

export const nginx: Contender = {
  name: "nginx",
  version: versionOf(["nginx", "-v"]),
  start: (place) =>
    startNginx(
      place,
      "auto",
      `upstream web {
    least_conn;
    ${place.instances.map((port) => `server 127.0.0.1:${port};`).join(" ")}
    keepalive 512;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${place.port} reuseport backlog=1024;
    location / {
      proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }`,
    ),
};

/** `servers`: what stands in its `http` block. */
export function startNginx(place: Place, workers: number | "auto", servers: string): Promise<Running> {
  const { folder } = place;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const file = write(
    place,
    `${process.getuid?.() === 0 ? "user root;" : ""}
daemon off;
worker_processes ${workers};
pid ${folder}/pid;
error_log ${folder}/log error;
events { worker_connections ${connections}; }
http {
  access_log off;
  keepalive_requests 1000000;
  ${temporary.map((each) => `${each}_temp_path ${folder}/${each};`).join(" ")}
  ${servers}
}
`,
  );
  return begin(["nginx", "-e", join(folder, "log"), "-c", file], place);
}

export const caddy: Contender = {
  name: "Caddy",
  version: versionOf(["caddy", "version"]),
  start: (place) => {
    const file = write(
      place,
      `{
  admin off
  auto_https off
}
http://:${place.port} {
  bind 127.0.0.1
  reverse_proxy ${place.instances.map((port) => `127.0.0.1:${port}`).join(" ")} {
    lb_policy least_conn
    transport http {
      keepalive_idle_conns_per_host 512
    }
  }
}
`,
    );
    return begin(["caddy", "run", "--adapter", "caddyfile", "--config", file], place);
  },
};

function write({ folder }: Place, text: string): string {
  const file = join(folder, "config");
  writeFileSync(file, text);
  return file;
}

/** Starts a program that is to serve at the place's port. */
export async function begin(command: readonly [string, ...string[]], { folder, port }: Place): Promise<Running> {
  const program = new Program(command, folder);
  try {
    return await program.accepts(port);
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}
