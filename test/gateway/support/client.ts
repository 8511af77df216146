import { once } from "node:events";
import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as sendRequest } from "node:http";
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

export interface Ask {
  readonly port: number;
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
  readonly maxHeaderSize?: number;
}

/** One request, and its answer read to the end; rejects when there is none or it breaks off. */
export function ask(options: Ask): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const {
    port,
    host = "app.localhost",
    path = "/",
    method = "GET",
    headers = {},
    body,
    agent,
    maxHeaderSize,
  } = options;
  const request = sendRequest({
    host: "127.0.0.1",
    port,
    path,
    method,
    // Node sends the body of a GET without its length.
    headers: { host, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }), ...headers },
    agent: agent ?? false,
    ...(maxHeaderSize === undefined ? {} : { maxHeaderSize }),
  });
  request.on("error", reject);
  request.on("response", (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        trailers: response.trailers,
        body: Buffer.concat(chunks).toString("latin1"),
      }),
    );
  });
  request.end(body);
  return promise;
}

/** A bare connection that keeps what it receives. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
      this.#wake();
    });
    socket.on("close", () => this.#wake());
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  send(bytes: string): void {
    this.socket.write(bytes, "latin1");
  }

  /** Resolves once what was received matches; rejects when the connection closes before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.received)) {
      if (this.socket.closed) throw new Error(`closed before ${pattern}: ${JSON.stringify(this.received)}`);
      await this.#change();
    }
    return this.received;
  }

  /** Everything received, once the other side has closed. */
  async closed(): Promise<string> {
    if (this.socket.readableEnded) this.socket.end();
    else this.socket.on("end", () => this.socket.end());
    while (!this.socket.closed) await this.#change();
    return this.received;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** Resolves once the condition holds; looks often. For things that nobody announces. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never became true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
