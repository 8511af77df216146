import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { begin, nginx, type Place, type Running, startNginx } from "./proxies.ts";

/** What instances answer with: `/SIZE` is so many bytes. */
const sizes = [1024, 100 * 1024];

/** As cheap as can be, because what is measured stands before it: nginx with files, or, without it, a few lines for Node. */
export function startInstance(place: Place): Promise<Running> {
  if (nginx.version === undefined) {
    writeFileSync(join(place.folder, "instance.mjs"), server(place.port));
    return begin([process.execPath, "instance.mjs"], place);
  }
  for (const size of sizes) writeFileSync(join(place.folder, String(size)), "x".repeat(size));
  const site = `root ${place.folder}; sendfile on; tcp_nopush on; open_file_cache max=100;`;
  return startNginx(place, 1, `server { listen 127.0.0.1:${place.port} backlog=1024; ${site} }`);
}

const server = (port: number) => `
import { createServer } from "node:http";
const bodies = new Map(${JSON.stringify(sizes)}.map((size) => ["/" + size, Buffer.alloc(size, "x")]));
createServer((request, response) => {
  const body = bodies.get(request.url);
  response.writeHead(body ? 200 : 404, { "Content-Length": body?.length ?? 0 }).end(body);
}).listen(${port}, "127.0.0.1");
`;
