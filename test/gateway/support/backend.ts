import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createRawServer, type Server as RawServer, type Socket } from "node:net";
import type { Backend } from "../../../src/gateway/gateway.ts";

/** A server that plays an instance. */
export interface TestBackend extends AsyncDisposable {
  readonly backend: Backend;
  readonly port: number;
  readonly server: Server;
}

/** An instance that answers with its own name, or as `listener` says. */
export async function startBackend(instance: string, listener?: RequestListener, port = 0): Promise<TestBackend> {
  const answer: RequestListener = (request, response) => {
    request.resume();
    response.setHeader("x-release", instance);
    response.end(instance);
  };
  const server = createServer(listener ?? answer);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    ...describe(instance, server),
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface RawBackend extends AsyncDisposable {
  readonly backend: Backend;
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
}

/** An instance that does as it likes with its connections. */
export async function startRawBackend(instance: string, accept: (socket: Socket) => void): Promise<RawBackend> {
  const sockets = new Set<Socket>();
  const server = createRawServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...describe(instance, server),
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(instance: string, server: RawServer): { readonly backend: Backend; readonly port: number } {
  const { port } = server.address() as AddressInfo;
  return { port, backend: { instance, address: `127.0.0.1:${port}` } };
}

/** Calls `onHead` with each request head that arrives, up to and without its empty line. */
export function onRequestHeads(socket: Socket, onHead: (head: string) => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      onHead(head);
    }
  });
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createRawServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An instance where nobody listens. */
export async function goneBackend(): Promise<Backend> {
  return { instance: "gone", address: `127.0.0.1:${await freePort()}` };
}

export function portOf({ address }: { readonly address: string }): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
