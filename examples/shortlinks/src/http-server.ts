import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { App } from "./app.ts";
import type { Log } from "./log.ts";
import { readRequest } from "./read-request.ts";
import { json, type Reply } from "./reply.ts";

/** The app behind HTTP. Every answer, an error's too, says which release it came from. */
export function createHttpServer(app: App, release: string, log: Log): Server {
  const server = createServer((message, response) => {
    response.setHeader("x-release", release);
    response.setHeader("x-content-type-options", "nosniff");
    void respond(message, response);
  });
  // Longer than any proxy in front keeps a connection: then it is never the server that closes one under a request.
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 10_000;
  return server;

  async function respond(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await answer(message);
    log("debug", "request", { method: message.method, url: message.url, status: reply.status });
    if (!message.complete) response.setHeader("connection", "close");
    const length = reply.status === 204 ? {} : { "content-length": Buffer.byteLength(reply.body) };
    response.writeHead(reply.status, { ...reply.headers, ...length });
    response.end(message.method === "HEAD" ? undefined : reply.body);
  }

  async function answer(message: IncomingMessage): Promise<Reply> {
    try {
      const request = await readRequest(message);
      return request === undefined ? json(400, { error: "The request cannot be read." }) : app(request);
    } catch (error) {
      if (message.destroyed && !message.complete) return json(400, { error: "The request ended early." });
      log("warn", "request failed", { error: String(error) });
      return json(500, { error: "Something went wrong." });
    }
  }
}
