import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Limits } from "../balance/limits.ts";
import type { LiveRoute } from "../balance/routing.ts";
import { Exchange, type ExchangeContext, type UpgradeRequest } from "../proxy/exchange.ts";
import type { OwnAnswer } from "../proxy/own-answer.ts";
import { type Askers, readRequestHead } from "../proxy/request-head.ts";
import { ClientConnection } from "./client-connection.ts";

/** What is behind a host. */
export interface Site {
  /** The routes that requests for it may take. */
  readonly routes: readonly LiveRoute[];
  /** Whether who connects from an address may speak for clients of its own; absent: nobody may. */
  readonly trusts?: (address: string) => boolean;
}

/** `undefined`: nobody has that host. */
export type SiteOf = (host: string) => Site | undefined;

/** One address that the gateway answers on, for clients or (`isInternal`) for services that call others. */
export class Listener implements ExchangeContext {
  readonly limits: Limits;
  readonly #askers: Askers;
  isClosing = false;
  readonly #server: Server;
  #siteOf: SiteOf = () => undefined;
  readonly #connections = new WeakMap<Socket, ClientConnection>();
  readonly #tunnels = new Set<Socket>();

  constructor(limits: Limits, isInternal = false) {
    this.limits = limits;
    const trusts = (host: string, address: string) => this.#siteOf(host)?.trusts?.(address) === true;
    this.#askers = isInternal ? "internal" : { trusts };
    this.#server = this.#createServer();
  }

  /** Resolves with the port: port 0 is one that the system chooses. Rejects with its error (EADDRINUSE, EACCES …). */
  listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once("error", reject);
    const reusePort = this.limits.sharesPortsWith !== undefined;
    this.#server.listen({ host, port, backlog: 1_024, reusePort }, () => {
      this.#server.off("error", reject);
      this.#server.on("error", () => {});
      resolve((this.#server.address() as AddressInfo).port);
    });
    return promise;
  }

  /** Requests whose head is read from now on follow these, whatever connection they come on. */
  route(siteOf: SiteOf): void {
    this.#siteOf = siteOf;
  }

  routesOf(host: string): readonly LiveRoute[] | undefined {
    return this.#siteOf(host)?.routes;
  }

  /** Frees the address at once and lets what is under way finish; resolves when every connection is closed. */
  async close(limitMs: number): Promise<void> {
    this.isClosing = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    const timer = setTimeout(() => this.#abandon(), limitMs);
    await promise;
    clearTimeout(timer);
  }

  #abandon(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#tunnels) socket.destroy();
  }

  #createServer(): Server {
    const { limits } = this;
    const server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headMs),
      requestTimeout: 0,
      keepAliveTimeout: limits.clientIdleMs,
      // Its own check says 400 without a word why.
      requireHostHeader: false,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
      shouldUpgradeCallback: (request) => this.#maySwitch(request),
    });
    server.timeout = limits.stallMs;
    // 0 is no limit: beyond one, Node drops fields without a word. The bytes of a head are limited.
    server.maxHeadersCount = 0;
    if (Number.isFinite(limits.connections)) server.maxConnections = limits.connections;
    // A client that has said all may still be waiting for its answers.
    (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
    server.on("connection", (socket) =>
      this.#connections.set(socket, new ClientConnection(socket, limits.halfClosedMs)),
    );
    server.on("request", (request, response) => this.#handle(request, response));
    server.on("checkContinue", (request, response) => this.#handle(request, response));
    server.on("upgrade", (request, socket, head) => this.#handleUpgrade(request, socket as Socket, head));
    server.on("connect", (_request, socket) => this.#refuseConnect(socket as Socket));
    server.on("clientError", (error, socket) => this.#onClientError(error, socket as Socket));
    return server;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket) as ClientConnection;
    if (connection.isEnding) {
      request.on("error", () => {});
      request.resume();
      return;
    }
    const head = readRequestHead(request, this.#askers);
    if ("status" in head) {
      connection.refuse(request, response, { status: head.status, text: head.reason });
      return;
    }
    const exchange = new Exchange(request, response, head, this);
    connection.accept({ request, response, breakOff: (answer) => exchange.breakOff(answer) });
    // Node closes idle connections only once, when closing begins.
    response.on("close", () => this.isClosing && this.#server.closeIdleConnections());
    exchange.begin();
  }

  /** The connection is no longer Node's: nothing but the tunnel, or an answer that ends it, comes of it. */
  #handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => {});
    const connection = this.#connections.get(socket) as ClientConnection;
    if (connection.isEnding) return;
    this.#tunnels.add(socket);
    socket.once("close", () => this.#tunnels.delete(socket));
    const response = responseOn(socket, request);
    const read = readRequestHead(request, this.#askers, request.headers.upgrade);
    const upgrade: UpgradeRequest = { socket, head };
    if ("status" in read) connection.refuse(request, response, { status: read.status, text: read.reason });
    else new Exchange(request, response, read, this, upgrade).begin();
  }

  /** A reverse proxy opens no connections to where a client likes. */
  #refuseConnect(socket: Socket): void {
    socket.on("error", () => {});
    this.#connections.get(socket)?.endWith({ status: 405, text: "The gateway opens no tunnels." });
  }

  /** Not HTTP, too long, too slow, or (no code of the parser's) the connection itself is broken. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const answer = answerTo(error.code ?? "", this.limits);
    if (answer === undefined) socket.destroy();
    else this.#connections.get(socket)?.endWith(answer);
  }

  /**
   * Whether a request that asks for another protocol becomes a tunnel; otherwise it is an ordinary request. HTTP/2
   * would carry requests past all routes; a body, or an answer still being written, would mix with the tunnel.
   */
  #maySwitch(request: IncomingMessage): boolean {
    const { headers } = request;
    const protocols = (headers.upgrade ?? "").toLowerCase();
    if (/(?:^|[ ,])h2c?(?:$|[ ,/])/.test(protocols) || this.#connections.get(request.socket)?.isOwing !== false)
      return false;
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
    return request.method === "GET" && request.httpVersionMinor === 1 && !hasBody;
  }
}

/** Before a tunnel stands, and when an instance does not want one, an ordinary answer goes out on its connection. */
function responseOn(socket: Socket, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on("drain", () => response.emit("drain"));
  response.on("finish", () => {
    response.detachSocket(socket);
    socket.destroySoon();
  });
  return response;
}

function answerTo(code: string, limits: Limits): OwnAnswer | undefined {
  if (code === "HPE_HEADER_OVERFLOW")
    return { status: 431, text: `The head of the request is longer than ${limits.headBytes} bytes.` };
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return { status: 413, text: "The chunk extensions are too long." };
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return { status: 408, text: "The request did not come in time." };
  return code.startsWith("HPE_") ? { status: 400, text: "The request is not valid HTTP." } : undefined;
}
