import { createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Driver, FollowOptions } from "../../../src/drivers/driver.ts";
import { localDriver } from "../../../src/drivers/local/local-driver.ts";
import type { ReleaseContent } from "../../../src/drivers/release-content.ts";
import { ok } from "../../../src/errors/result.ts";
import { decode, encode, frame } from "./wire.ts";

/*
 * `daemon.ts <socket> <folder>`: runs instances and jobs for a driver that shares no disk with it. Everything it has is in its
 * folder, and came through the socket: the content of releases, too.
 */
const [socket = "", folder = ""] = process.argv.slice(2);
const contents = join(folder, "contents");
mkdirSync(contents, { recursive: true });

const driver = localDriver({
  stateFolder: join(folder, "state"),
  spools: { folder: join(folder, "spools"), secretsOf: () => undefined },
  filesFolder: join(folder, "files"),
  caller: { PATH: process.env.PATH, HOME: folder },
});
void driver.tend((problem) => console.error(problem), new AbortController().signal);

const contentPath = (digest: string) => join(contents, digest.replace(/[^0-9a-z]/g, "-"));

function contentOf(release: Omit<ReleaseContent, "read">): ReleaseContent {
  return {
    ...release,
    read: async (digest) => {
      const path = contentPath(digest);
      return ok(existsSync(path) ? (await open(path)).createReadStream() : undefined);
    },
  };
}

type Call = { readonly method: keyof Driver; readonly args: readonly unknown[] };

async function perform({ method, args }: Call): Promise<unknown> {
  const [environment, release, ...more] = args as [string, ReleaseContent, ...unknown[]];
  const isOfRelease = method === "prepare" || method === "verify";
  const given = isOfRelease ? [environment, contentOf(release), ...more] : args;
  return (driver[method] as (...given: readonly unknown[]) => unknown)(...given);
}

async function stream({ method, args }: Call, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.writeHead(200).flushHeaders();
  const [environment, id, options] = args as [string, string, FollowOptions & { readonly goesOn: boolean }];
  const { signal } = gone;
  const pieces =
    method === "watch"
      ? driver.watch(environment, signal)
      : driver.follow(environment, id, { lines: options.lines, ...(options.goesOn && { signal }) });
  for await (const piece of pieces) response.write(frame(piece ?? new Uint8Array()));
  response.end();
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return decode(Buffer.concat(chunks).toString("utf8"));
}

const server = createServer(async (request, response) => {
  const { url = "" } = request;
  if (url.startsWith("/content/")) {
    const path = contentPath(decodeURIComponent(url.slice("/content/".length)));
    const neighbour = `${path}.${Math.random()}`;
    await pipeline(request, createWriteStream(neighbour));
    renameSync(neighbour, path);
    return void response.end();
  }
  const body = await read(request);
  if (url === "/missing") {
    const missing = (body as string[]).filter((digest) => !existsSync(contentPath(digest)));
    return void response.end(encode(missing));
  }
  if (url === "/stream") return stream(body as Call, response);
  response.end(encode(await perform(body as Call)));
});
server.listen(socket, () => console.log("listening"));
