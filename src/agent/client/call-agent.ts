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
  /** What instances wrote, byte for byte; without it, nobody hears what is no text. */
  readonly onOutput?: (bytes: Uint8Array) => void;
  /** Ends the watching. */
  readonly signal?: AbortSignal;
}

/** How a call that was made stands. */
export interface Standing {
  /** From here on something has begun, and the call is not made again. */
  readonly onTaken?: () => void;
  /** Aborted when the agent hangs: the call is given up. */
  readonly hangs?: AbortSignal;
}

/** One call on an agent's socket. `notTaken`: the agent was leaving, or gone; nothing has begun. */
export function callAgent(
  socketPath: string,
  route: string,
  body: object,
  { onEvent, onText, onOutput, signal: enough }: Watch,
  { onTaken, hangs }: Standing = {},
): Promise<Result<void> | "notTaken"> {
  if (enough?.aborted) return Promise.resolve(failed(neverAsked));
  const signals = [enough, hangs].flatMap((signal) => signal ?? []);
  const signal = AbortSignal.any(signals);
  const { promise, resolve } = Promise.withResolvers<Result<void> | "notTaken">();
  const text = JSON.stringify(body);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
  const how = { socketPath, path: route, method: "POST", headers, agent: false, signal };
  const asked = request(how);
  const environment = environmentOf(body);
  let end: CallEnd | undefined;
  const brokenOff = () => failed(hangs?.aborted ? hangsMeanwhile(environment) : stoppedWatching(environment));
  asked.once("response", (response) => {
    if (response.statusCode === 200) onTaken?.();
    response.once("error", () => {});
    response.once("close", () => resolve(settle(end, response.statusCode, signal.aborted, environment) ?? brokenOff()));
    createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })
      .on("error", () => {})
      .on("line", (line) => {
        const message = parseMessage(line);
        if (message === undefined) return;
        if ("envelope" in message) onEvent?.(message.envelope);
        else if ("bytes" in message) onOutput?.(Buffer.from(message.bytes, "base64"));
        else if ("text" in message) {
          onText?.(message.text);
          onOutput?.(Buffer.from(message.text));
        } else end = message.end;
      });
  });
  asked.once("error", () => resolve(signal.aborted ? brokenOff() : "notTaken"));
  asked.end(text);
  return promise;
}

function settle(
  end: CallEnd | undefined,
  status: number | undefined,
  isGivenUp: boolean,
  environment: string | undefined,
): Result<void> | "notTaken" | undefined {
  if (end?.ok) return ok();
  if (end !== undefined) return failed(...end.failures);
  if (status === 503) return "notTaken";
  if (isGivenUp) return undefined;
  return failed(status === 200 ? brokeOff(environment) : refused(status));
}

const neverAsked = { code: "interrupted", message: "Interrupted before the agent was asked to do anything" } as const;

/** What the call is about; a deployment says it in its spec. */
function environmentOf(body: object | null): string | undefined {
  const { environment, spec } = (body ?? {}) as { environment?: unknown; spec?: { environment?: unknown } };
  const name = environment ?? spec?.environment;
  return typeof name === "string" ? name : undefined;
}

function stoppedWatching(environment: string | undefined) {
  const back = environment === undefined ? "" : `\nTo revert a deployment: tidegate deploy ${environment} --abort`;
  return {
    code: "interrupted",
    message: "Stopped watching; the agent continues with what it was asked to do",
    hint: `To follow it: tidegate status${back}`,
  } as const;
}

function brokeOff(environment: string | undefined) {
  const next = environment === undefined ? "tidegate status" : `tidegate env start ${environment}`;
  return {
    code: "agent-unreachable",
    message: "The agent ended in the middle of the call",
    cause: "What it was doing is in its journal; what was serving keeps serving.",
    hint: `The next agent finishes or reverts it: ${next}`,
  } as const;
}

function hangsMeanwhile(environment: string | undefined) {
  const next = environment === undefined ? "tidegate env start --all" : `tidegate env start ${environment}`;
  return {
    code: "agent-unreachable",
    message: "The agent stopped answering in the middle of the call",
    cause: "What it was doing is in its journal; what was serving keeps serving.",
    hint: `Another one takes over and finishes or reverts it: ${next}`,
  } as const;
}

function refused(status: number | undefined) {
  return {
    code: "agent-unreachable",
    message: `The agent does not accept the call (status ${status})`,
    hint: "Read agent.log in the state folder (tidegate state list shows where), then run: tidegate doctor",
  } as const;
}
