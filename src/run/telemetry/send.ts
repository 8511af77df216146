import { request as plain } from "node:http";
import { request as secure } from "node:https";

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborted: what is under way is broken off. */
  readonly signal: AbortSignal;
}

/** Sends a body once. Resolves when it was answered, or will not be: whether it arrived is nobody's business here. */
export function send({ url, headers, body, signal }: Post): Promise<void> {
  return new Promise((resolve) => {
    const own = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    const request = url.protocol === "https:" ? secure : plain;
    try {
      // No agent that keeps connections: one that stays open would keep the process.
      const sent = request(url, { method: "POST", headers: { ...headers, ...own }, signal, agent: false }, (answer) => {
        answer
          .on("close", resolve)
          .on("error", () => resolve())
          .resume();
      });
      sent.on("error", () => resolve()).on("close", () => resolve());
      sent.end(body);
    } catch {
      resolve();
    }
  });
}
