import type { DatabaseSync } from "node:sqlite";
import { editToken, isEditToken } from "./edit-token.ts";
import { health } from "./health.ts";
import { Links } from "./links.ts";
import { createdPage, homePage, messagePage } from "./pages.ts";
import { html, json, nothing, type Reply, redirect } from "./reply.ts";
import type { Settings } from "./settings.ts";
import { parseTarget } from "./target.ts";

/** A request as data, its body read. */
export interface AppRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Of the `authorization: Bearer …` header; "" when there is none. */
  readonly bearer: string;
  /** Whether the sender is a program, which gets JSON. */
  readonly json: boolean;
}

export type App = (request: AppRequest) => Reply;

export function createApp(database: DatabaseSync, settings: Settings, now: () => number): App {
  const links = new Links(database);

  function create(request: AppRequest): Reply {
    const target = parseTarget(request.fields.target ?? "");
    if (target === undefined) return refuse(request, 400, "That is not a web address.");
    const link = links.create(target, now());
    const token = editToken(settings.sessionKey, link.code);
    const url = `${settings.baseUrl}/${link.code}`;
    return request.json ? json(201, { ...link, url, token }) : html(201, createdPage(link, url, token));
  }

  function show(code: string): Reply {
    const link = links.find(code);
    return link === undefined ? json(404, { error: "There is no such link." }) : json(200, link);
  }

  function remove(request: AppRequest, code: string, token: string): Reply {
    if (!isEditToken(settings.sessionKey, code, token)) return refuse(request, 403, "That is not your link.");
    if (!links.remove(code)) return refuse(request, 404, "There is no such link.");
    return request.json ? nothing : html(200, messagePage("The link is deleted."));
  }

  function follow(request: AppRequest, code: string): Reply {
    const link = request.method === "HEAD" ? links.find(code) : links.visit(code);
    if (link === undefined) return html(404, messagePage("There is no such link."));
    return redirect(link.target, settings.cacheSeconds);
  }

  function refuse(request: AppRequest, status: number, problem: string): Reply {
    if (request.json) return json(status, { error: problem });
    return html(status, status === 400 ? homePage(links.count(), problem) : messagePage(problem));
  }

  return (request) => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const [, code = "", rest] = /^\/links\/(\w{1,32})(\/delete)?$/.exec(request.path) ?? [];
    if (method === "GET" && request.path === "/healthz") return health(database, settings.release);
    if (method === "GET" && request.path === "/") return html(200, homePage(links.count()));
    if (method === "POST" && request.path === "/links") return create(request);
    if (method === "POST" && rest !== undefined) return remove(request, code, request.fields.token ?? "");
    if (method === "GET" && code !== "" && rest === undefined) return show(code);
    if (method === "DELETE" && code !== "" && rest === undefined) return remove(request, code, request.bearer);
    if (method === "GET" && /^\/\w{1,32}$/.test(request.path)) return follow(request, request.path.slice(1));
    return refuse({ ...request, json: request.json || method !== "GET" }, 404, "There is nothing here.");
  };
}
