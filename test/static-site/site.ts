import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { SiteFiles } from "../../src/static-site/files.ts";
import { siteServer } from "../../src/static-site/server.ts";
import type { SiteOptions } from "../../src/static-site/site.ts";
import { tempFolder } from "../support/temp-folder.ts";

export interface Answer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Site {
  /** The folder above that of the site. */
  readonly above: string;
  readonly root: string;
  /** What comes back for these bytes; the target goes out as it is. */
  ask(target: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>;
}

/** A site with these files, served until the test has finished. */
export async function siteOf(
  files: Readonly<Record<string, string>>,
  options: Partial<SiteOptions> = {},
  patterns: readonly string[] = [],
): Promise<Site> {
  const above = tempFolder(Object.fromEntries(Object.entries(files).map(([path, text]) => [join("site", path), text])));
  const root = join(above, "site");
  const server = siteServer(await SiteFiles.open(root, patterns), { base: [], immutable: [], ...options }, () => {});
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { above, root, ask: (target, headers = {}, method = "GET") => ask(port, method, target, headers) };
}

async function ask(
  port: number,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  const lines = Object.entries({ Host: "site", Connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.write(Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`, "latin1"));
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...fields] = text.slice(0, end).split("\r\n");
  const pairs = fields.map((field) => [
    field.slice(0, field.indexOf(":")).toLowerCase(),
    field.slice(field.indexOf(":") + 2),
  ]);
  return { status: Number(first.split(" ")[1]), headers: Object.fromEntries(pairs), body: text.slice(end + 4) };
}
