import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import type { Agent } from "./agent.ts";
import { readLogs } from "./logs.ts";
import {
  type About,
  type DeployCall,
  type EnvironmentCall,
  type LogsCall,
  type Message,
  type RollbackCall,
  routes,
} from "./protocol.ts";
import type { AgentWorld } from "./world.ts";

export interface ApiWorld {
  readonly agent: Agent;
  readonly world: AgentWorld;
  readonly version: string;
  /** Ends the agent's process; what runs goes on running. */
  readonly quit: () => void;
}

type Handler = (body: unknown, reply: Reply) => Promise<Result<void>>;

/** How a handler speaks while it works. `gone` is aborted when the caller hangs up. */
interface Reply {
  readonly emit: Emit;
  readonly write: (text: string) => void;
  readonly gone: AbortSignal;
}

/** More than any definition needs; a caller that sends more is not one of ours. */
const bodyLimit = 8 * 1024 * 1024;

/** The agent's side of `protocol.ts`. The socket's folder is private, so whoever gets here is this user. */
export function createApi(api: ApiWorld): Server {
  const handlers = handlersOf(api);
  return createServer((request, response) => {
    if (request.method === "GET" && request.url === routes.about) return sendAbout(api, response);
    const handler = handlers[request.url ?? ""];
    if (request.method !== "POST" || handler === undefined) return void response.writeHead(404).end();
    void answer(handler, request, response);
  });
}

function handlersOf({ agent, world, quit }: ApiWorld): Record<string, Handler> {
  return {
    [routes.deploy]: (body, { emit }) => agent.deploy(body as DeployCall, emit),
    [routes.rollback]: (body, { emit }) => agent.rollback(body as RollbackCall, emit),
    [routes.abort]: async (body) => agent.abort((body as EnvironmentCall).environment, "Aborted on request"),
    [routes.start]: (body) => agent.start((body as EnvironmentCall).environment),
    [routes.stop]: (body, { emit }) => agent.stop((body as EnvironmentCall).environment, emit),
    [routes.destroy]: (body, { emit }) => agent.destroy((body as EnvironmentCall).environment, emit),
    [routes.logs]: async (body, { write, gone }) => {
      const call = body as LogsCall;
      const environment = await agent.environment(call.environment);
      if (!environment.ok) return environment;
      return readLogs(world.driver, call, await environment.value.secrets(), write, gone);
    },
    [routes.quit]: async () => {
      if (agent.busy().length > 0) return failed(busyFailure(agent.busy()));
      setImmediate(quit);
      return ok();
    },
  };
}

function sendAbout({ agent, version }: ApiWorld, response: ServerResponse): void {
  const about: About = { version, pid: process.pid, busy: agent.busy() };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(about));
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.on("error", () => gone.abort());
  const body = await readBody(request);
  if (body === undefined) return void response.writeHead(400).end();
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  const send = (message: Message) => {
    if (!gone.signal.aborted) response.write(`${JSON.stringify(message)}\n`);
  };
  const emit: Emit = (event) => send({ event: { ...event, at: Date.now() } });
  const write = (text: string) => {
    if (!gone.signal.aborted) response.write(`${JSON.stringify({ text })}\n`);
  };
  const result = await handler(body, { emit, write, gone: gone.signal }).catch(unexpected);
  send({ end: result.ok ? { ok: true } : { ok: false, failures: result.failures } });
  response.end();
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

function unexpected(error: unknown): Result<void> {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return failed({ code: "internal", message: "The agent met an unexpected error", cause });
}

function busyFailure(environments: readonly string[]): Failure {
  return {
    code: "environment-busy",
    message: `The agent is deploying to ${environments.join(", ")}`,
    hint: "Wait for it: tidegate status",
  };
}
