import type { IncomingMessage } from "node:http";
import { plainAddress } from "../../networks.ts";
import { type Authority, pathOf, readAuthority, readTarget } from "./authority.ts";
import { type ClientIdentity, clientIdentity, type Trusts } from "./client-identity.ts";
import { headerKind, namedInConnection } from "./header-kinds.ts";

/** A request's head, ready to be sent on. */
export interface RequestHead {
  readonly method: string;
  /** Lower case, without its port. */
  readonly host: string;
  /** What routes look at: the path as written. */
  readonly path: string;
  /** Origin-form or `*`. */
  readonly target: string;
  /** All of them, those that frame the body as well: names and values in turn. */
  readonly headers: readonly string[];
  readonly hasBody: boolean;
  /** How the body is framed, if there is one; otherwise by its length. */
  readonly isChunked: boolean;
  /** Sending it twice is the same as once (RFC 9110, section 9.2.2), and there is no body to be lost. */
  readonly isRepeatable: boolean;
}

/** Why a request is not sent on. */
export interface Refusal {
  readonly status: 400 | 501 | 505;
  readonly reason: string;
}

const repeatable = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
/** Methods that need no framing when there is no body. */
const bodilessByDefault = new Set(["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"]);

/** Who may ask: services of this machine that speak for their own clients, or anybody. */
export type Askers = "internal" | { readonly trusts: Trusts };

/**
 * Reads a head that the strict parser let through, and refuses what a server behind might still read differently.
 * `upgrade`: the protocol to switch to, when the request is to become a tunnel.
 *
 * A client is not trusted: what it says about who it is (`Forwarded`, `X-Forwarded-*`, `X-Real-IP`) is replaced, not
 * added to; of a proxy that the environment trusts, the client, scheme and host that it says stand in the place of those of
 * the connection. What an internal service says of its own client is passed on, and nothing added.
 */
export function readRequestHead(request: IncomingMessage, askers: Askers, upgrade?: string): RequestHead | Refusal {
  if (!/^1\.[01]$/.test(request.httpVersion)) return refuse("Only HTTP/1.1 and HTTP/1.0 are supported here.", 505);
  const target = readTarget(request.url ?? "", request.method ?? "");
  if (target === undefined) return refuse("The request target is not valid.");
  const fields = readFields(request, askers === "internal");
  if (fields.hosts !== 1) return refuse("A request must have exactly one Host.");
  const written = readAuthority(fields.authority);
  const asked = target.authority === undefined ? written : readAuthority(target.authority);
  if (written === undefined || asked === undefined) return refuse("The Host is not valid.");
  const identity = askers === "internal" ? undefined : identityOf(request, asked, fields, askers.trusts);
  if (identity === "invalid") return refuse("The X-Forwarded-Host is not valid.");
  const authority = identity?.authority ?? asked;
  const problem = framingProblem(request, fields);
  if (problem !== undefined) return problem;

  const method = request.method ?? "GET";
  const hasBody = fields.chunked > 0 || (fields.lengths > 0 && Number(fields.length) > 0);
  const headers = ["Host", authority.sent, ...fields.endToEnd];
  if (identity !== undefined) addIdentity(headers, identity);
  addConnection(headers, request, fields, upgrade);
  addFraming(headers, method, fields);
  return {
    method,
    host: authority.host,
    path: pathOf(target.sent),
    target: target.sent,
    headers,
    hasBody,
    isChunked: fields.chunked > 0,
    isRepeatable: !hasBody && repeatable.has(method),
  };
}

const invalidTarget = /[^\x21-\x7e\x80-\xff]/;
const invalidValue = /[^\t\x20-\x7e\x80-\xff]/;

/** What the parser refuses anyway, once more: nothing in a head may look like the end of a field to the instance. */
export function isSendable({ target, headers }: RequestHead): boolean {
  return !invalidTarget.test(target) && !headers.some((text) => invalidValue.test(text));
}

/** The head as it is sent, in ISO 8859-1. */
export function requestHeadText({ method, target, headers }: RequestHead): string {
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${text}\r\n`;
}

function refuse(reason: string, status: Refusal["status"] = 400): Refusal {
  return { status, reason };
}

interface Fields {
  readonly endToEnd: string[];
  hosts: number;
  authority: string;
  lengths: number;
  length: string;
  /** How many Transfer-Encoding fields there are. */
  chunked: number;
  coding: string;
  expect: string | undefined;
  trailer: string | undefined;
  /** By name, lower case. */
  readonly forwarded: Map<string, string[]>;
}

/** One pass over the fields as they came: Node's own `headers` object hides repetitions. */
function readFields(request: IncomingMessage, isInternal: boolean): Fields {
  const fields = emptyFields();
  const raw = request.rawHeaders;
  const named = namedInConnection(request.headers.connection);
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    const kind = headerKind(name);
    if (kind === "identity" && !isInternal) readForwarded(fields, name.toLowerCase(), value);
    else if (kind !== "endToEnd" && kind !== "identity") readSpecial(fields, kind, value);
    else if (named === undefined || !named.has(name.toLowerCase())) fields.endToEnd.push(name, value);
  }
  return fields;
}

function emptyFields(): Fields {
  return {
    endToEnd: [],
    hosts: 0,
    authority: "",
    lengths: 0,
    length: "",
    chunked: 0,
    coding: "",
    expect: undefined,
    trailer: undefined,
    forwarded: new Map(),
  };
}

function readForwarded({ forwarded }: Fields, name: string, value: string): void {
  forwarded.set(name, [...(forwarded.get(name) ?? []), value]);
}

function readSpecial(fields: Fields, kind: ReturnType<typeof headerKind>, value: string): void {
  if (kind === "host") {
    fields.hosts += 1;
    fields.authority = value;
  } else if (kind === "contentLength") {
    fields.lengths += 1;
    fields.length = value;
  } else if (kind === "transferEncoding") {
    fields.chunked += 1;
    fields.coding = value;
  } else if (kind === "expect") fields.expect = value;
  else if (kind === "trailer") fields.trailer = value;
}

/** What the parser refuses anyway, once more: the framing of what is sent on depends on it. */
function framingProblem(request: IncomingMessage, fields: Fields): Refusal | undefined {
  if (fields.lengths > 1 || (fields.lengths === 1 && !/^[0-9]{1,15}$/.test(fields.length)))
    return refuse("The Content-Length is not valid.");
  if (fields.chunked === 0) return undefined;
  if (fields.lengths > 0 || fields.chunked > 1 || request.httpVersion === "1.0")
    return refuse("The Transfer-Encoding is not valid.");
  if (fields.coding.toLowerCase() !== "chunked") return refuse("This Transfer-Encoding is not supported.", 501);
  return undefined;
}

function identityOf(
  request: IncomingMessage,
  authority: Authority,
  { forwarded }: Fields,
  trusts: Trusts,
): ClientIdentity | "invalid" {
  const peer = plainAddress(request.socket.remoteAddress ?? "unknown");
  if (forwarded.size === 0) return { client: peer, scheme: "http", authority };
  const told = (name: string) => forwarded.get(`x-forwarded-${name}`) ?? [];
  return (
    clientIdentity(peer, authority, { for: told("for"), proto: told("proto"), host: told("host") }, trusts) ?? "invalid"
  );
}

function addIdentity(headers: string[], { client, scheme, authority }: ClientIdentity): void {
  headers.push("X-Forwarded-For", client, "X-Forwarded-Proto", scheme, "X-Forwarded-Host", authority.sent);
}

function addConnection(headers: string[], request: IncomingMessage, fields: Fields, upgrade?: string): void {
  if (upgrade === undefined) headers.push("Connection", "keep-alive");
  else headers.push("Connection", "Upgrade", "Upgrade", upgrade);
  if (fields.expect !== undefined && request.httpVersion !== "1.0") headers.push("Expect", fields.expect);
}

function addFraming(headers: string[], method: string, fields: Fields): void {
  if (fields.chunked > 0) {
    if (fields.trailer !== undefined) headers.push("Trailer", fields.trailer);
    headers.push("Transfer-Encoding", "chunked");
  } else if (fields.lengths > 0) headers.push("Content-Length", fields.length);
  else if (!bodilessByDefault.has(method)) headers.push("Content-Length", "0");
}
