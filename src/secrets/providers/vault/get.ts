import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { VaultLogin } from "./vault-login.ts";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly location?: string;
  /** Seconds that the server asks to wait. */
  readonly retryAfter?: number;
}

/** Vault's own limit for a request is 32 MiB; a secret of that size is not read into a configuration. */
const mostBytes = 2 * 1024 * 1024;

/** One request, without retries or redirects. @throws the system's error, or a TimeoutError. */
export function get(url: URL, login: VaultLogin, signal: AbortSignal): Promise<Answer> {
  const { token, namespace, tls } = login;
  const headers = {
    "x-vault-token": token.reveal(),
    "x-vault-request": "true",
    accept: "application/json",
    connection: "close",
    ...(namespace !== undefined && { "x-vault-namespace": namespace }),
  };
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(url, { headers, signal, agent: false, ...tls }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) request.destroy(new Error("the answer is larger than 2 MiB"));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        const { location } = response.headers;
        const retryAfter = Number(response.headers["retry-after"]);
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
          ...(location !== undefined && { location }),
          ...(retryAfter >= 0 && { retryAfter }),
        });
      });
    });
    request.on("error", reject);
    request.end();
  });
}
