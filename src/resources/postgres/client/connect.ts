import { closeSync, openSync } from "node:fs";
import type { Client } from "pg";
import type { Secret } from "../../../secrets/secret.ts";
import { type Depth, glanceMs } from "../../resource.ts";

export type { Client } from "pg";

/** How long a server may take, in milliseconds. */
export interface Patience {
  /** To let somebody in. Default: 10 000. */
  readonly connectMs?: number;
  /** To answer a statement. Default: as long as it likes, for a dump or a copy may take hours. */
  readonly answerMs?: number;
}

/** A way into a server. `host`: a name, an address, or the absolute folder of a socket. */
export interface Login extends Patience {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly database: string;
}

const defaultConnectMs = 10_000;

/** Of who looks at a resource so closely: see `Depth`. How much it keeps has to be walked, however long that takes. */
export function patienceFor(depth: Depth): Patience {
  if (depth === "whole") return {};
  return { connectMs: glanceMs, ...(depth === "glance" && { answerMs: glanceMs }) };
}

/** The system takes no longer paths for sockets; some end at 104 bytes, with the name of the socket in them. */
const longestFolder = 80;

/**
 * Calls `work` with a connection of its own and ends that. The driver is loaded when it is needed: most commands have no
 * database.
 *
 * @throws the server's error; give it to `guardServer`.
 */
export async function withClient<T>(login: Login, work: (client: Client) => Promise<T>): Promise<T> {
  const way = shortened(login.host);
  try {
    const { port, user, database } = login;
    const options = { host: way.host, port, user, database, password: login.password.reveal(), ssl: false };
    return await connected(options, login, work);
  } finally {
    way.close();
  }
}

/** The same with a URL. @throws the server's error, which never shows the URL. */
export async function withUrl<T>(
  url: Secret,
  work: (client: Client) => Promise<T>,
  patience: Patience = {},
): Promise<T> {
  return await connected({ connectionString: url.reveal() }, patience, work);
}

async function connected<T>(
  options: object,
  { connectMs = defaultConnectMs, answerMs }: Patience,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    ...options,
    application_name: "tidegate",
    connectionTimeoutMillis: connectMs,
    ...(answerMs !== undefined && { query_timeout: answerMs }),
  });
  // A connection that breaks fails the statement that waits, or the next; unheard, it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** A socket in a folder with a long path is reached through the opened folder, where the system has that. */
function shortened(host: string): { readonly host: string; close(): void } {
  if (!host.startsWith("/") || host.length <= longestFolder || process.platform !== "linux")
    return { host, close() {} };
  const folder = openSync(host, "r");
  return { host: `/proc/${process.pid}/fd/${folder}`, close: () => closeSync(folder) };
}
