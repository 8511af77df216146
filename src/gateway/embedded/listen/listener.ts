import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Limits } from "../balance/limits.ts";
import type { LiveRoute } from "../balance/routing.ts";
import { Exchange, type ExchangeContext, type UpgradeRequest } from "../proxy/exchange.ts";
import { giveOwnAnswer } from "../proxy/own-answer.ts";
import { readRequestHead } from "../proxy/request-head.ts";

/** The routes that requests for a host may take; `undefined`: nobody has that host. */
export type RoutesOf = (host: string) => readonly LiveRoute[] | undefined;

/** One address that the gateway answers on, for clients or (`isInternal`) for services that call others. */
export class Listener implements ExchangeContext {
  readonly limits: Limits;
  readonly #isInternal: boolean;
  isClosing = false;
  readonly #server: Server;
  routesOf: RoutesOf = () => undefined;
  /** Requests in progress per connection. */
  readonly #busy = new Map<Socket, number>();
  readonly #tunnels = new Set<Socket>();

  constructor(limits: Limits, isInternal = false) {
    this.limits = limits;
    this.#isInternal = isInternal;
    this.#server = this.#createServer();
  }

  /** Resolves with the port: port 0 is one that the system chooses. Rejects with its error (EADDRINUSE, EACCES …). */
  listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once("error", reject);
    const reusePort = this.limits.sharesPorts && !this.#isInternal;
    this.#server.listen({ host, port, backlog: 1_024, reusePort }, () => {
      this.#server.off("error", reject);
      this.#server.on("error", () => {});
      resolve((this.#server.address() as AddressInfo).port);
    });
    return promise;
  }

  /** Requests whose head is read from now on follow these, whatever connection they come on. */
  route(routesOf: RoutesOf): void {
    this.routesOf = routesOf;
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
    server.on("request", (request, response) => this.#handle(request, response));
    server.on("checkContinue", (request, response) => this.#handle(request, response));
    server.on("upgrade", (request, socket, head) => this.#handleUpgrade(request, socket as Socket, head));
    server.on("connect", (_request, socket) => refuseConnect(socket as Socket));
    return server;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    this.#occupy(request.socket, response);
    this.#begin(request, response, undefined);
  }

  #handleUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => {});
    this.#tunnels.add(socket);
    socket.once("close", () => this.#tunnels.delete(socket));
    this.#begin(request, responseOn(socket, request), { socket, head });
  }

  #begin(request: IncomingMessage, response: ServerResponse, upgrade: UpgradeRequest | undefined): void {
    const protocol = upgrade === undefined ? undefined : request.headers.upgrade;
    const head = readRequestHead(request, this.#isInternal, protocol);
    if ("status" in head) giveOwnAnswer(response, { status: head.status, text: head.reason, closes: true });
    else new Exchange(request, response, head, this, upgrade).begin();
  }

  #occupy(socket: Socket, response: ServerResponse): void {
    this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
    response.on("close", () => {
      const left = (this.#busy.get(socket) ?? 1) - 1;
      if (left > 0) this.#busy.set(socket, left);
      else this.#busy.delete(socket);
      // Node closes idle connections only once, when closing begins.
      if (this.isClosing) this.#server.closeIdleConnections();
    });
  }

  /**
   * Whether a request that asks for another protocol becomes a tunnel; otherwise it is an ordinary request. HTTP/2
   * would carry requests past all routes; a body, or an answer still being written, would mix with the tunnel.
   */
  #maySwitch(request: IncomingMessage): boolean {
    const { headers } = request;
    const protocols = (headers.upgrade ?? "").toLowerCase();
    if (/(?:^|[ ,])h2c?(?:$|[ ,/])/.test(protocols) || this.#busy.has(request.socket)) return false;
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

/** A reverse proxy opens no connections to where a client likes. */
function refuseConnect(socket: Socket): void {
  socket.on("error", () => {});
  socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}
