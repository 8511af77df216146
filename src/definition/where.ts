import { isIP } from "node:net";
import type { DriverChoice } from "./types.ts";

/** Where the gateway takes an environment's requests. */
export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** Where an environment answers: what its driver was given, or `http://<environment>.localhost` at the gateway's port. */
export function environmentUrl(name: string, { url, listen }: DriverChoice): string {
  const port = listen === undefined ? undefined : parseListen(listen)?.port;
  return url ?? `http://${name}.localhost:${port ?? 8080}`;
}

/**
 * Where the gateway listens for the environment. Without a choice: on this machine only, at the port of the address. What
 * proxies speak of another address: theirs.
 */
export function environmentListen(url: string, { listen }: DriverChoice): Listen {
  return (listen === undefined ? undefined : parseListen(listen)) ?? { host: "127.0.0.1", port: portOf(url) };
}

/** Reads `127.0.0.1:8080`, `0.0.0.0:80`, `[::]:8080`; `undefined` when it is none: names may become other addresses. */
export function parseListen(text: string): Listen | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  const isHost = isIP(host) === (bracketed === undefined ? 4 : 6);
  return isHost && port > 0 && port < 65_536 ? { host, port } : undefined;
}

function portOf(url: string): number {
  return Number(new URL(url).port || 80);
}
