import { createHash } from "node:crypto";
import { createServer } from "node:net";

/** Below the ports that systems give to whoever asks for any: one of those may be taken when the server comes back. */
const first = 20_000;
const count = 10_000;

/**
 * A port of the loopback that nobody listens on: the one given, or the next that is free after the one that belongs to the
 * folder's name.
 */
export async function freePort(folder: string, wanted?: number): Promise<number> {
  if (wanted !== undefined && (await isFree(wanted))) return wanted;
  const begin = createHash("sha256").update(folder).digest().readUInt32BE(0) % count;
  for (let step = 0; step < count; step += 1) {
    const port = first + ((begin + step) % count);
    if (await isFree(port)) return port;
  }
  throw new Error(`No port from ${first} to ${first + count - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
