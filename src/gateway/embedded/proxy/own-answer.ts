import type { ServerResponse } from "node:http";

/** What the gateway answers itself. */
export interface OwnAnswer {
  readonly status: 400 | 404 | 405 | 501 | 502 | 503 | 504;
  readonly text: string;
  readonly headers?: readonly string[];
  /** Ends the connection: what else is on it cannot be trusted. */
  readonly closes?: boolean;
}

export const ownAnswers = {
  unknownHost: { status: 404, text: "Nothing is served under this name." },
  noRoute: { status: 404, text: "Nothing is served at this address." },
  noInstance: {
    status: 503,
    text: "The service has no running instance at the moment.",
    headers: ["Retry-After", "1"],
  },
  refused: { status: 503, text: "No instance of the service accepts connections.", headers: ["Retry-After", "1"] },
  exhausted: { status: 503, text: "The gateway has too many connections open.", headers: ["Retry-After", "1"] },
  broken: { status: 502, text: "The service broke off before it answered." },
  tooSlow: { status: 504, text: "The service did not answer in time." },
} as const satisfies Record<string, OwnAnswer>;

/** Gives an answer of the gateway's own, when none was begun. Never throws. */
export function giveOwnAnswer(response: ServerResponse, answer: OwnAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = `${answer.status} ${answer.text}\n`;
  const headers = ["Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store", ...(answer.headers ?? [])];
  headers.push("Content-Length", String(body.length));
  if (answer.closes === true) headers.push("Connection", "close");
  response.writeHead(answer.status, headers);
  response.end(body);
}
