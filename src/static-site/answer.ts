import { open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type Conditions, type Part, partToSend } from "./conditions.ts";
import type { SiteFile, SiteFiles } from "./files.ts";
import { acceptedEncodings, cacheControl, contentType, type Encoding } from "./headers.ts";
import { findInSite, type SiteOptions } from "./site.ts";

type Headers = Readonly<Record<string, string | number>>;

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  /** The first byte, and the last one. */
  readonly start: number;
  readonly end: number;
}

/** Of every answer: a browser takes the type that is said, and asks again unless it is told that it need not. */
const always = { "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache" };

/** Answers one request. @throws the system's error when a file cannot be read. */
export async function answer(
  files: SiteFiles,
  options: SiteOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") return say(response, 405, "Method not allowed", { Allow: "GET, HEAD" });
  const found = await findInSite(files, request.url ?? "", options);
  switch (found.found) {
    case "badRequest":
      return say(response, 400, "Bad request");
    case "nothing":
      return say(response, 404, "Not found");
    case "redirect":
      return say(response, 301, "Moved", { Location: found.location });
    case "file":
      return sendFile(files, { ...found, options }, request, response);
  }
}

async function sendFile(
  files: SiteFiles,
  { file, status, options }: { readonly file: SiteFile; readonly status: 200 | 404; readonly options: SiteOptions },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { chosen, encoding, varies } = await inBestEncoding(files, file, request);
  const etag = await files.etag(chosen);
  const lastModified = chosen.stat.mtime.toUTCString();
  const { size } = chosen.stat;
  const conditions = request.headers as Conditions;
  const part: Part = status === 404 ? { send: "whole" } : partToSend(conditions, { etag, lastModified, size });
  const headers: Headers = {
    ...always,
    "Cache-Control": status === 404 ? "no-cache" : cacheControl(file.path, options.immutable),
    ...(varies && { Vary: "Accept-Encoding" }),
    ETag: etag,
    "Last-Modified": lastModified,
  };
  const content: Headers = {
    ...headers,
    "Content-Type": contentType(file.path),
    "Accept-Ranges": "bytes",
    ...(encoding && { "Content-Encoding": encoding.name }),
  };
  switch (part.send) {
    case "notModified":
      response.writeHead(304, headers).end();
      return;
    case "preconditionFailed":
      return say(response, 412, "Precondition failed");
    case "outOfRange":
      return say(response, 416, "Range not satisfiable", { "Content-Range": `bytes */${size}` });
    case "range": {
      const { start, end } = part;
      const range = { "Content-Length": end - start + 1, "Content-Range": `bytes ${start}-${end}/${size}` };
      return send(request, response, chosen, { status: 206, headers: { ...content, ...range }, start, end });
    }
    case "whole": {
      const whole = { ...content, "Content-Length": size };
      return send(request, response, chosen, { status, headers: whole, start: 0, end: size - 1 });
    }
  }
}

/** A part of a compressed file is of use to nobody: who asks for a range gets the file itself. */
async function inBestEncoding(files: SiteFiles, file: SiteFile, { headers }: IncomingMessage) {
  const variants = new Map<Encoding, SiteFile>();
  for (const encoding of acceptedEncodings("br, gzip")) {
    const variant = await files.file(`${file.path}${encoding.ending}`.split("/"));
    if (variant !== undefined) variants.set(encoding, variant);
  }
  const accepted = headers.range === undefined ? acceptedEncodings(headers["accept-encoding"] as string) : [];
  const encoding = accepted.find((one) => variants.has(one));
  return {
    chosen: encoding === undefined ? file : variants.get(encoding)!,
    encoding,
    varies: variants.size > 0,
  };
}

/** Opened before anything is said: what cannot be read is told as such. */
async function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { file }: SiteFile,
  { status, headers, start, end }: Sent,
): Promise<void> {
  if (method === "HEAD" || end < start) {
    response.writeHead(status, headers).end();
    return;
  }
  const handle = await open(file);
  try {
    response.writeHead(status, headers);
    if (!response.destroyed) await pipeline(handle.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await handle.close();
  }
}

function say(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  const length = Buffer.byteLength(text) + 1;
  response.writeHead(status, {
    ...always,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": length,
    ...headers,
  });
  // Of a HEAD, Node leaves the body out.
  response.end(`${text}\n`);
}
