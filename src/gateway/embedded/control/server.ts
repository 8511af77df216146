import { chmodSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import * as v from "valibot";
import { describeIssues } from "../../../errors/describe-issues.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { Applied, EnvironmentRoutes, Gateway } from "../../gateway.ts";
import { type ControlVerb, controlLimitBytes, controlPrefix, controlRequests } from "./protocol.ts";

/** What a control socket stands for: a process, or the first of two that are one gateway. */
export interface Controlled extends Gateway {
  apply(routes: EnvironmentRoutes, ports?: Applied["internal"]): Promise<Result<Applied>>;
  drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
    signal?: AbortSignal,
  ): Promise<Result<{ readonly left: number }>>;
}

/** Answers on the control socket. Only this user can connect to it. */
export class ControlServer {
  readonly #gateway: Controlled;
  readonly #stop: (limitMs: number) => void;
  readonly #server: Server;
  #calls = 0;

  /** `stop` is called once, after the caller was told that its wish will be granted. */
  constructor(gateway: Controlled, stop: (limitMs: number) => void) {
    this.#gateway = gateway;
    this.#stop = stop;
    this.#server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 });
    this.#server.on("request", (request, response) => void this.#handle(request, response));
  }

  /** Rejects with the system's error. The path must be free; the process's umask keeps others out from the start. */
  async listen(path: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject);
    this.#server.listen(path, resolve);
    await promise;
    this.#server.off("error", reject).on("error", () => {});
    chmodSync(path, 0o600);
  }

  /** Takes the socket away at once; calls in progress still get their answer. */
  close(): void {
    this.#server.close();
  }

  /** How many calls there were since this was last asked. */
  callsSince(): number {
    const calls = this.#calls;
    this.#calls = 0;
    return calls;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    this.#calls += 1;
    try {
      const body = await readBody(request);
      const gone = new AbortController();
      response.on("close", () => gone.abort());
      answer(response, 200, await this.#perform(request, body, gone.signal));
    } catch (error) {
      answer(response, 500, failed({ code: "internal", message: "The gateway failed", cause: String(error) }));
    }
  }

  async #perform(request: IncomingMessage, body: string | undefined, signal: AbortSignal): Promise<Result<unknown>> {
    const verb = (request.url ?? "").slice(controlPrefix.length);
    const isKnown = (request.url ?? "").startsWith(controlPrefix) && Object.hasOwn(controlRequests, verb);
    if (!isKnown || request.method !== "POST") return refuse("The gateway does not know this call");
    if (body === undefined) return refuse("The call is too long");
    let content: unknown;
    try {
      content = JSON.parse(body);
    } catch {
      return refuse("The call is not JSON");
    }
    return this.#call(verb as ControlVerb, content, signal);
  }

  async #call(verb: ControlVerb, content: unknown, signal: AbortSignal): Promise<Result<unknown>> {
    const parsed = v.safeParse(controlRequests[verb], content);
    if (!parsed.success) return refuse("The call is not valid", describeIssues(parsed.issues));
    const calls: { readonly [V in ControlVerb]: (call: v.InferOutput<(typeof controlRequests)[V]>) => unknown } = {
      apply: ({ routes, ports }) => this.#gateway.apply(routes, ports),
      remove: ({ environment, token }) => this.#gateway.remove(environment, token),
      observe: () => this.#gateway.observe(),
      drain: ({ instances, limitMs, environment }) => this.#gateway.drain(instances, limitMs, environment, signal),
      stop: ({ limitMs }) => {
        setImmediate(() => this.#stop(limitMs));
        return ok({ pid: process.pid });
      },
    };
    return (await calls[verb](parsed.output as never)) as Result<unknown>;
  }
}

function refuse(message: string, cause?: string): Result<never> {
  return failed({ code: "bad-arguments", message, ...(cause === undefined ? {} : { cause }) });
}

/** The whole body; `undefined` when it is too long. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= controlLimitBytes) chunks.push(chunk);
  }
  return size > controlLimitBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, result: Result<unknown>): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(result));
  response.writeHead(status, { "content-type": "application/json", "content-length": body.length });
  response.end(body);
}
