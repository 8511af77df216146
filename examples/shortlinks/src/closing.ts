import type { Server, ServerResponse } from "node:http";

/**
 * Prepares a server for an end without a lost request. The function it returns stops accepting, lets the requests
 * under way finish, and resolves when the last connection is closed.
 */
export function closesGracefully(server: Server): () => Promise<void> {
  const underWay = new Set<ServerResponse>();
  let closing = false;
  server.prependListener("request", (_message, response) => {
    if (closing) response.setHeader("connection", "close");
    underWay.add(response);
    response.once("close", () => {
      underWay.delete(response);
      // Only connections idle at that moment are closed by `close`; the others would be kept alive for a while.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
  });
  return () => {
    closing = true;
    for (const response of underWay) if (!response.headersSent) response.setHeader("connection", "close");
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    return promise;
  };
}
