import { request } from "node:http";
import { connect } from "node:net";
import type { Address } from "../drivers/driver.ts";

/** What an instance answered when it was asked for its health. */
export interface ProbeAnswer {
  readonly healthy: boolean;
  /** For people: `200`, `503 "migrating"`, `ECONNREFUSED`. */
  readonly answer: string;
}

/** Asks once; never throws. Without a path, an accepted connection counts as healthy. */
export type Probe = (address: Address, path: string | undefined, timeoutMs: number) => Promise<ProbeAnswer>;

/** How much of a health answer's body is kept as evidence. */
const bodyLimit = 200;

export const probe: Probe = (address, path, timeoutMs) =>
  path === undefined ? probePort(address, timeoutMs) : probeHttp(address, path, timeoutMs);

function probePort({ host, port }: Address, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const settle = (healthy: boolean, answer: string) => {
      socket.destroy();
      resolve({ healthy, answer });
    };
    socket.once("connect", () => settle(true, "accepts connections"));
    socket.once("timeout", () => settle(false, "no answer in time"));
    socket.once("error", (error: NodeJS.ErrnoException) => settle(false, error.code ?? error.message));
  });
}

function probeHttp({ host, port }: Address, path: string, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { host: `${host}:${port}`, "user-agent": "tidegate-health" };
    const asked = request({ host, port, path, agent: false, headers, signal }, (response) => {
      const healthy = response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body = (body + text).slice(0, bodyLimit);
      });
      const settle = () => {
        resolve({
          healthy,
          answer: `${response.statusCode}${body.trim() === "" ? "" : ` ${JSON.stringify(body.trim())}`}`,
        });
        asked.destroy();
      };
      // A healthy status is enough; only the words of an unhealthy answer are worth waiting for.
      if (healthy) settle();
      response.once("end", settle);
      response.once("error", settle);
    });
    asked.once("error", (error: NodeJS.ErrnoException) =>
      resolve({ healthy: false, answer: signal.aborted ? "no answer in time" : (error.code ?? error.message) }),
    );
    asked.end();
  });
}
