import type { IncomingMessage } from "node:http";
import { headerKind, namedInConnection } from "./header-kinds.ts";

/** An instance's answer, ready to be given to the client. */
export interface AnswerHead {
  /** Names and values in turn, as `writeHead` takes them. */
  readonly headers: string[];
  readonly hasBody: boolean;
}

/** Why an answer cannot be passed on, as a sentence for people. */
export interface Unusable {
  readonly rule: string;
}

/**
 * What of an answer goes on to the client, or why nothing does.
 * `chunkedClient`: the client understands chunks, so that announced trailers can be kept.
 */
export function readAnswerHead(answer: IncomingMessage, method: string, chunkedClient: boolean): AnswerHead | Unusable {
  if (answer.httpVersionMajor !== 1)
    return { rule: "The service's answer uses a version of HTTP other than 1.0 and 1.1." };
  const hasBody = method !== "HEAD" && answer.statusCode !== 204 && answer.statusCode !== 304;
  const named = namedInConnection(answer.headers.connection);
  const raw = answer.rawHeaders;
  const headers: string[] = [];
  let length: string | undefined;
  let trailer: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    const value = raw[index + 1] as string;
    const kind = headerKind(name);
    if (kind === "contentLength") length = value;
    else if (kind === "trailer") trailer = value;
    else if (kind === "transferEncoding" && value.toLowerCase() !== "chunked")
      return { rule: "The service's answer has a Transfer-Encoding other than chunked." };
    else if ((kind === "endToEnd" || kind === "identity") && !named?.has(name.toLowerCase())) headers.push(name, value);
  }
  if (trailer !== undefined && hasBody && chunkedClient && length === undefined) headers.push("Trailer", trailer);
  // Last, because Node writes a Content-Disposition that comes after a Content-Length in another encoding.
  if (length !== undefined && answer.statusCode !== 204) headers.push("Content-Length", length);
  return { headers, hasBody };
}

/** What of the parser's rules an answer broke; `undefined`: it was not the parser that failed. */
export function brokenRule(error: NodeJS.ErrnoException, headBytes: number): string | undefined {
  if (error.code === "HPE_HEADER_OVERFLOW")
    return `The head of the service's answer is longer than ${headBytes} bytes.`;
  if (error.code?.startsWith("HPE_") !== true) return undefined;
  // llhttp's own words, which repeat nothing of what came.
  const { reason } = error as { readonly reason?: string };
  return `The service's answer is not valid HTTP${reason === undefined || reason === "" ? "" : `: ${reason}`}.`;
}

/** Of trailers or of an interim answer: what says nothing of framing, routing or the client. */
export function passableFields(raw: readonly string[]): [string, string][] {
  const passable: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    if (headerKind(name) === "endToEnd") passable.push([name, raw[index + 1] as string]);
  }
  return passable;
}
