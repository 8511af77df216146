import { type ServerResponse, STATUS_CODES } from "node:http";

/** What the gateway answers itself. */
export interface OwnAnswer {
  readonly status: 400 | 404 | 405 | 408 | 413 | 431 | 501 | 502 | 503 | 504 | 505;
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
  broken: { status: 502, text: "The service closed the connection before it answered." },
  switched: { status: 502, text: "The service switched to a protocol that nobody asked for." },
  unwritable: { status: 502, text: "The head of the service's answer has characters that HTTP does not allow." },
  tooSlow: { status: 504, text: "The service did not answer in time." },
} as const satisfies Record<string, OwnAnswer>;

/** Gives an answer of the gateway's own, when none was begun. Never throws. */
export function giveOwnAnswer(response: ServerResponse, answer: OwnAnswer): void {
  if (response.headersSent || response.destroyed) return;
  // Without its own reason it would have that of an answer that could not be written.
  response.writeHead(answer.status, STATUS_CODES[answer.status], headersOf(answer));
  response.end(bodyOf(answer));
}

/** The same on a connection where there is no request to answer: the connection ends with it. In ISO 8859-1. */
export function ownAnswerBytes(answer: OwnAnswer): string {
  const headers = headersOf({ ...answer, closes: true });
  const lines = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n${bodyOf(answer)}`;
}

function headersOf(answer: OwnAnswer): string[] {
  const headers = ["Content-Type", "text/plain; charset=utf-8", "Cache-Control", "no-store", ...(answer.headers ?? [])];
  headers.push("Content-Length", String(bodyOf(answer).length));
  if (answer.closes === true) headers.push("Connection", "close");
  return headers;
}

/** In ASCII. */
function bodyOf({ status, text }: OwnAnswer): string {
  return `${status} ${text}\n`;
}
