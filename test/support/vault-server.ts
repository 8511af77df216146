import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What one GET is answered with before the documented behaviour: busy, standby, sealed, another body. */
export interface Disturbance {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Never answers; the connection stays open. */
  readonly hangs?: boolean;
}

export interface VaultSecret {
  /** Its versions, the first one first; `undefined`: deleted. */
  readonly versions: readonly (Readonly<Record<string, unknown>> | undefined)[];
}

/**
 * The part of Vault's HTTP API that reading needs, as its documentation has it ("KV secrets engine - version 2",
 * "Errors", "/sys/health" for the status codes): tokens, namespaces, mounts, versions, deletions, error bodies.
 */
export class VaultServer {
  readonly token = "hvs.a-token-that-must-not-be-seen-anywhere";
  readonly secrets = new Map<string, VaultSecret>();
  readonly mounts = new Set(["kv", "team/kv"]);
  readonly requests: { readonly url: string; readonly namespace: string | undefined }[] = [];
  /** Used up one per request, from the front. */
  readonly disturbances: Disturbance[] = [];
  namespace: string | undefined;
  isSealed = false;
  denied = new Set<string>();
  #server: Server | undefined;

  async start(): Promise<this> {
    const server = createServer((request, response) => this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => this.stop());
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  get address(): string {
    const { port } = this.#server!.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  /** `kv/shop` at its newest version. */
  put(path: string, data: Readonly<Record<string, unknown>> | undefined): void {
    const versions = this.secrets.get(path)?.versions ?? [];
    this.secrets.set(path, { versions: [...versions, data] });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    const namespace = request.headers["x-vault-namespace"] as string | undefined;
    this.requests.push({ url, namespace });
    const disturbance = this.disturbances.shift();
    if (disturbance?.hangs) return;
    if (disturbance !== undefined) {
      response.writeHead(disturbance.status, disturbance.headers).end(disturbance.body ?? `{"errors":["disturbed"]}`);
      return;
    }
    const [status, body] = this.#judge(request, new URL(url, "http://vault"), namespace);
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  }

  #judge(request: IncomingMessage, url: URL, namespace: string | undefined): [number, string] {
    const errors = (status: number, ...texts: string[]): [number, string] => [
      status,
      JSON.stringify({ errors: texts }),
    ];
    if (this.isSealed) return errors(503, "Vault is sealed");
    if (request.headers["x-vault-token"] !== this.token) return errors(403, "permission denied");
    if (namespace !== this.namespace) return errors(403, "permission denied");
    const path = decodeURIComponent(url.pathname).replace(/^\/v1\//, "");
    const mount = [...this.mounts].find((one) => path.startsWith(`${one}/data/`));
    if (mount === undefined) return errors(404, `no handler for route "${path}". route entry not found.`);
    const name = path.slice(`${mount}/data/`.length);
    if (this.denied.has(`${mount}/${name}`)) return errors(403, "1 error occurred:\n\t* permission denied\n\n");
    return this.#read(`${mount}/${name}`, Number(url.searchParams.get("version") ?? 0));
  }

  #read(name: string, wanted: number): [number, string] {
    const versions = this.secrets.get(name)?.versions;
    const version = wanted || (versions?.length ?? 0);
    if (versions === undefined || version > versions.length) return [404, `{"errors":[]}`];
    const data = versions[version - 1];
    const metadata = {
      created_time: "2026-01-01T00:00:00Z",
      custom_metadata: null,
      deletion_time: data === undefined ? "2026-02-01T00:00:00Z" : "",
      destroyed: false,
      version,
    };
    const envelope = { request_id: "r", lease_id: "", renewable: false, lease_duration: 0, wrap_info: null };
    const body = { ...envelope, data: { data: data ?? null, metadata }, warnings: null, auth: null };
    return [data === undefined ? 404 : 200, JSON.stringify(body)];
  }
}
