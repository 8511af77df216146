import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { answer } from "./answer.ts";
import type { SiteFiles } from "./files.ts";
import type { SiteOptions } from "./site.ts";

const headerTimeoutMs = 30_000;
/** Longer than the gateway keeps a connection that nobody uses: it must not ask where the other end is about to go. */
const keepAliveMs = 120_000;

/** The server of a site, not listening yet. `tell` gets a line for each file that could not be read. */
export function siteServer(files: SiteFiles, options: SiteOptions, tell: (line: string) => void): Server {
  const server = createServer({ keepAliveTimeout: keepAliveMs, headersTimeout: headerTimeoutMs }, onRequest);
  return server;

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    // Of a server that is closed, the last request under way closes its connection, too.
    response.once("close", () => !server.listening && server.closeIdleConnections());
    answer(files, options, request, response).catch((error: unknown) => {
      // A client that went away has nothing to be told.
      if (!request.destroyed)
        tell(`${request.method} ${request.url}: ${error instanceof Error ? error.message : error}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "Content-Type": "text/plain; charset=utf-8" }).end("Cannot be read\n");
    });
  }
}
