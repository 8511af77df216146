import { isUtf8 } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as v from "valibot";
import { describeIssues } from "../../errors/describe-issues.ts";
import { failed, type Result } from "../../errors/result.ts";
import { unexpectedFailure } from "../../errors/unexpected-failure.ts";
import type { Actor } from "../../events/actor.ts";
import type { Tell } from "../../events/envelope.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { actorSchema } from "../../records/actor.ts";
import { type About, type Message, routes } from "../protocol/protocol.ts";
import { type ApiWorld, type CallHandler, handlersOf, type Reply } from "./handlers.ts";
import { answerEvents, answerState } from "./lookouts.ts";

/** More than any definition needs; a caller that sends more is not one of ours. */
const limitBytes = 8 * 1024 * 1024;

/**
 * The agent's side of `protocol.ts`. The socket's folder is private, so whoever gets here is this user. Calls are answered side
 * by side; what has an order has it in `Agent`. A call goes on when its caller hangs up. Once the agent is leaving every call
 * is refused with 503 before its head is answered: it has not begun, and the next agent gets it.
 */
export class Api {
  readonly server: Server;
  readonly #api: ApiWorld;
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  #calls = 0;

  constructor(api: ApiWorld) {
    this.#api = api;
    this.#handlers = handlersOf(api);
    this.server = createServer((request, response) => {
      this.#calls += 1;
      this.#take(request, response)
        .catch(api.world.report)
        .finally(() => {
          this.#calls -= 1;
        });
    });
  }

  /** Whether no call is being answered. */
  get isQuiet(): boolean {
    return this.#calls === 0;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { agent, version, isLeaving } = this.#api;
    if (isLeaving()) return refuse(response, 503);
    if (request.method === "GET" && request.url === routes.about) {
      const about: About = { version, pid: process.pid, busy: agent.busy() };
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(about));
    }
    const url = new URL(request.url ?? "", "http://agent");
    if (request.method === "GET" && url.pathname === routes.state) return answerState(this.#api, response);
    if (request.method === "GET" && url.pathname === routes.events)
      return answerEvents(this.#api, url.searchParams.get("after"), response);
    const handler = this.#handlers.get(request.url ?? "");
    if (request.method !== "POST" || handler === undefined) return refuse(response, 404);
    const body = await readBody(request);
    if (!body.ok) return refuse(response, body.status);
    if (isLeaving()) return refuse(response, 503);
    await this.#answer(handler, body.value, response);
  }

  async #answer(handler: CallHandler, body: unknown, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    response.on("error", () => gone.abort());
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.flushHeaders();
    const send = (message: Message) => {
      if (!gone.signal.aborted) response.write(`${JSON.stringify(message)}\n`);
    };
    const { by, call } = callerOf(body);
    const tell: Tell = (envelope) => send({ envelope });
    const reply = { tell, by, write: (output: string | Buffer) => send(partOf(output)), gone: gone.signal };
    const result = await perform(handler, call, reply).catch((error) => this.#unexpected(error));
    send({ end: result.ok ? { ok: true } : { ok: false, failures: result.failures } });
    response.end();
  }

  #unexpected(error: unknown): Result<void> {
    const { world } = this.#api;
    world.report(error);
    return failed(fileFailure(error) ?? unexpectedFailure(error, "The agent's work"));
  }
}

/** JSON has no bytes: those that are no text go as base64. */
function partOf(output: string | Buffer): Message {
  if (typeof output === "string" || isUtf8(output)) return { text: output.toString() };
  return { bytes: output.toString("base64") };
}

/** Who asks is no part of what is asked for. */
function callerOf(body: unknown): { readonly by: Actor | undefined; readonly call: unknown } {
  if (typeof body !== "object" || body === null) return { by: undefined, call: body };
  const { by, ...call } = body as Record<string, unknown>;
  const actor = v.safeParse(actorSchema, by);
  return { by: actor.success ? actor.output : undefined, call };
}

async function perform(handler: CallHandler, body: unknown, reply: Reply) {
  const call = v.safeParse(handler.schema, body);
  if (call.success) return handler.perform(call.output, reply);
  return failed({
    code: "bad-arguments",
    message: "The agent does not understand the call",
    cause: describeIssues(call.issues),
  });
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: "close" }).end();
}

type Body = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly status: 400 | 413 };

/** The request's JSON. Never throws: a caller may hang up, send too much, or nonsense. */
async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      // What is too much is read on, so that the answer gets through, but not kept; a far longer one is cut off.
      if (size > limitBytes * 4) return { ok: false, status: 413 };
      if (size <= limitBytes) chunks.push(chunk);
    }
    if (size > limitBytes) return { ok: false, status: 413 };
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString()) };
  } catch {
    return { ok: false, status: 400 };
  }
}
