import { get } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Readiness } from "../../definition/types.ts";

const pollMs = 25;
const answerMs = 2000;

/**
 * Resolves with true once a service that listens on a port of this machine can be used; with false when the signal is
 * aborted before. `output` is looked for by the caller, who sees it.
 */
export async function untilReady(
  ready: Exclude<Readiness, { output: string }>,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  const isReady = ready === "port" ? () => accepts(port) : () => answers(port, ready.http);
  while (!signal.aborted) {
    if (await isReady()) return true;
    await wait(pollMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, timeout: answerMs });
    const end = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path, timeout: answerMs, agent: false }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 400);
    });
    request.once("error", () => resolve(false));
    request.once("timeout", () => request.destroy());
  });
}
