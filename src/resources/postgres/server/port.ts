import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { failed, ok, type Result } from "../../../errors/result.ts";

/** Below the ports that systems give to whoever asks for any: one of those may be taken when the server comes back. */
const first = 20_000;
const count = 10_000;

/**
 * A port of the loopback that nobody listens on: the one given, or the next that is free after the one that belongs to the
 * folder's name.
 */
export async function freePort(folder: string, wanted?: number): Promise<Result<number>> {
  if (wanted !== undefined && (await isFree(wanted))) return ok(wanted);
  const begin = createHash("sha256").update(folder).digest().readUInt32BE(0) % count;
  for (let step = 0; step < count; step += 1) {
    const port = first + ((begin + step) % count);
    if (await isFree(port)) return ok(port);
  }
  return failed({
    code: "resource-failed",
    message: `No port from ${first} to ${first + count - 1} is free for PostgreSQL`,
    hint: "End a program that listens there, then run the command again: ss --listening --tcp --processes",
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
