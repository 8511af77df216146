import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { page } from "./page.ts";
import type { Store } from "./store.ts";

export interface Settings {
  readonly baseUrl: string;
  readonly stepsPerPage: number;
  readonly editToken: string;
}

const statuses = new Set(["OPEN", "SUCCEEDED", "FAILED"]);

/** The board: a page, the same as data, and one way to change a step. */
export function createBoard(store: Store, settings: Settings): Server {
  return createServer((request, response) => {
    answer(store, settings, request, response).catch((error) => {
      console.error(JSON.stringify({ level: "error", message: String(error?.message ?? error) }));
      if (!response.headersSent) response.writeHead(503);
      response.end();
    });
  });
}

async function answer(store: Store, settings: Settings, request: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(request.url ?? "/", "http://board");
  if (request.method === "POST" && pathname.startsWith("/api/steps/"))
    return change(store, settings, request, response);
  if (request.method !== "GET") return send(response, 405, "text/plain", "Only GET, and POST of a step\n");
  if (pathname !== "/" && pathname !== "/healthz" && pathname !== "/api/steps")
    return send(response, 404, "text/plain", "There is nothing here\n");
  const steps = await store.steps(settings.stepsPerPage);
  if (pathname === "/") return send(response, 200, "text/html; charset=utf-8", page(steps, settings.baseUrl));
  return send(response, 200, "application/json", `${JSON.stringify(pathname === "/healthz" ? { ok: true } : steps)}\n`);
}

async function change(store: Store, { editToken }: Settings, request: IncomingMessage, response: ServerResponse) {
  if (!isAllowed(request.headers.authorization ?? "", editToken)) return send(response, 401, "text/plain", "No\n");
  const key = decodeURIComponent((request.url ?? "").split("/").at(-1) ?? "");
  const status = await readBody(request);
  if (!statuses.has(status)) return send(response, 400, "text/plain", `One of ${[...statuses].join(", ")}\n`);
  const isThere = await store.setStatus(key, status);
  return send(response, isThere ? 204 : 404, "text/plain", "");
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 100) break;
  }
  return body.trim();
}

function isAllowed(header: string, token: string): boolean {
  const [given, wanted] = [Buffer.from(header), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
