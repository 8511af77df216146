import { request } from "node:http";
import { createInterface } from "node:readline";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Tell } from "../../events/envelope.ts";
import { parseMessage } from "../protocol/message-schema.ts";
import type { CallEnd } from "../protocol/protocol.ts";

/** What a caller wants to hear while its call is performed. */
export interface Watch {
  readonly onEvent?: Tell;
  readonly onText?: (text: string) => void;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
}

/** One call on an agent's socket. `notTaken`: the agent was leaving, or gone; nothing has begun. */
export function callAgent(
  socketPath: string,
  route: string,
  body: object,
  { onEvent, onText, signal }: Watch,
): Promise<Result<void> | "notTaken"> {
  if (signal?.aborted) return Promise.resolve(failed(neverAsked));
  const { promise, resolve } = Promise.withResolvers<Result<void> | "notTaken">();
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const how = { socketPath, path: route, method: "POST", headers, agent: false, ...(signal && { signal }) };
  const asked = request(how);
  const environment = environmentOf(body);
  let end: CallEnd | undefined;
  asked.once("response", (response) => {
    response.once("error", () => {});
    response.once("close", () => resolve(settle(end, response.statusCode, signal, environment)));
    createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })
      .on("error", () => {})
      .on("line", (line) => {
        const message = parseMessage(line);
        if (message === undefined) return;
        if ("envelope" in message) onEvent?.(message.envelope);
        else if ("text" in message) onText?.(message.text);
        else end = message.end;
      });
  });
  asked.once("error", () => resolve(signal?.aborted ? failed(stoppedWatching(environment)) : "notTaken"));
  asked.end(text);
  return promise;
}

function settle(
  end: CallEnd | undefined,
  status: number | undefined,
  signal: AbortSignal | undefined,
  environment: string | undefined,
): Result<void> | "notTaken" {
  if (end?.ok) return ok();
  if (end !== undefined) return failed(...end.failures);
  if (status === 503) return "notTaken";
  if (signal?.aborted) return failed(stoppedWatching(environment));
  return failed(status === 200 ? brokeOff(environment) : refused(status));
}

const neverAsked = { code: "interrupted", message: "Interrupted before the agent was asked for anything" } as const;

/** What the call is about; a deployment says it in its spec. */
function environmentOf(body: object | null): string | undefined {
  const { environment, spec } = (body ?? {}) as { environment?: unknown; spec?: { environment?: unknown } };
  const name = environment ?? spec?.environment;
  return typeof name === "string" ? name : undefined;
}

function stoppedWatching(environment: string | undefined) {
  const back = environment === undefined ? "" : `\nTo take a deployment back: tidegate deploy ${environment} --abort`;
  return {
    code: "interrupted",
    message: "Stopped watching; the agent goes on with what it was asked to do",
    hint: `See how it goes: tidegate status${back}`,
  } as const;
}

function brokeOff(environment: string | undefined) {
  const next = environment === undefined ? "tidegate status" : `tidegate env start ${environment}`;
  return {
    code: "agent-unreachable",
    message: "The agent ended in the middle of the call",
    cause: "What it was doing is in its journal; what served goes on serving.",
    hint: `The next agent finishes it or takes it back: ${next}`,
  } as const;
}

function refused(status: number | undefined) {
  return {
    code: "agent-unreachable",
    message: `The agent does not take the call (status ${status})`,
    hint: "See what it says of itself in agent.log of the state folder (tidegate state list), then: tidegate doctor",
  } as const;
}
