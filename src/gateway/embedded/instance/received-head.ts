/** The head of an instance's answer, as it came. */
export interface ReceivedHead {
  readonly minorVersion: 0 | 1;
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  /** All Connection fields, lower case; and all Keep-Alive fields. Empty: there is none. */
  readonly connection: string;
  readonly keepAlive: string;
  readonly body: BodyFraming;
  /** Whether the connection may carry another request after this answer. */
  readonly isKept: boolean;
}

/** How the end of a body is known. */
export type BodyFraming =
  | { readonly kind: "none" | "chunked" | "untilClose" }
  | { readonly kind: "length"; readonly bytes: number };

/** Why an answer cannot be passed on, as a sentence for people. */
export interface Unusable {
  readonly rule: string;
}

/** Of an answer that breaks the grammar of RFC 9112. */
export function notHttp(reason: string): Unusable {
  return { rule: `The service's answer is not valid HTTP: ${reason}.` };
}

const otherVersion = { rule: "The service's answer uses a version of HTTP other than 1.0 and 1.1." };
const otherCoding = { rule: "The service's answer has a Transfer-Encoding other than chunked." };

const statusLine = /HTTP\/([0-9])\.([0-9]) ([1-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/y;
/** A value's surrounding blanks are part of what it matches: a pattern without choices cannot be made slow. */
const fieldLine = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)\r\n/y;

/**
 * Reads a head with its empty line, in ISO 8859-1. What two programs could read differently is refused: bare line feeds,
 * folded fields, a name with a blank behind it, more than one length, a length beside chunks.
 */
export function readHead(text: string, isToHead: boolean): ReceivedHead | Unusable {
  statusLine.lastIndex = 0;
  const line = statusLine.exec(text);
  if (line === null) return notHttp("the status line is none");
  if (line[1] !== "1" || (line[2] !== "0" && line[2] !== "1")) return otherVersion;
  const fields = readFields(text, statusLine.lastIndex);
  if (fields === undefined) return notHttp("a header field is none");
  const minorVersion = line[2] === "1" ? 1 : 0;
  return withFraming({ minorVersion, status: Number(line[3]), reason: line[4] ?? "", fields }, isToHead);
}

/** The fields from there to the empty line, names and values in turn; `undefined`: they are not valid. */
export function readFields(text: string, from: number): string[] | undefined {
  const fields: string[] = [];
  const end = text.length - 2;
  fieldLine.lastIndex = from;
  while (fieldLine.lastIndex < end) {
    const field = fieldLine.exec(text);
    if (field === null) return undefined;
    fields.push(field[1] as string, withoutBlanks(field[2] as string));
  }
  return fields;
}

const [tab, blank] = [0x09, 0x20];

function withoutBlanks(value: string): string {
  let [begin, end] = [0, value.length];
  while (begin < end && isBlank(value.charCodeAt(begin))) begin += 1;
  while (end > begin && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return begin === 0 && end === value.length ? value : value.slice(begin, end);
}

function isBlank(code: number): boolean {
  return code === blank || code === tab;
}

/** RFC 9112, section 6.3, but for what is in doubt: that is no answer. */
function withFraming(
  head: Pick<ReceivedHead, "minorVersion" | "status" | "reason" | "fields">,
  isToHead: boolean,
): ReceivedHead | Unusable {
  let [lengths, codings, length, coding, connection, keepAlive] = [0, 0, "", "", "", ""];
  for (let index = 0; index < head.fields.length; index += 2) {
    const name = head.fields[index] as string;
    const value = head.fields[index + 1] as string;
    // Names of other lengths are none of these: most are left behind here.
    if (name.length !== 14 && name.length !== 17 && name.length !== 10) continue;
    const lower = name.toLowerCase();
    if (lower === "content-length") [lengths, length] = [lengths + 1, value];
    else if (lower === "transfer-encoding") [codings, coding] = [codings + 1, value];
    else if (lower === "connection") connection = joined(connection, value.toLowerCase());
    else if (lower === "keep-alive") keepAlive = joined(keepAlive, value);
  }
  if (lengths > 1) return notHttp("it has more than one Content-Length");
  if (lengths === 1 && !/^[0-9]{1,15}$/.test(length)) return notHttp("its Content-Length is no number");
  if (lengths === 1 && codings > 0) return notHttp("it has a Content-Length beside a Transfer-Encoding");
  if (codings > 1 || (codings === 1 && coding.toLowerCase() !== "chunked")) return otherCoding;
  const body = framing(head.status, isToHead, codings > 0, lengths > 0 ? Number(length) : undefined);
  // Its 204 speaks of a body that there cannot be (RFC 9110, section 8.6): it may come all the same, as the next answer.
  const isBodyAnnounced = head.status === 204 && (codings > 0 || Number(length) > 0);
  const mayBeKept = body.kind !== "untilClose" && !isBodyAnnounced;
  const isKept = mayBeKept && maySayMore(head.minorVersion, connection, codings > 0);
  return { ...head, connection, keepAlive, body, isKept };
}

function joined(before: string, value: string): string {
  return before === "" ? value : `${before}, ${value}`;
}

const [none, chunked, untilClose] = [
  { kind: "none" },
  { kind: "chunked" },
  { kind: "untilClose" },
] as const satisfies BodyFraming[];

function framing(status: number, isToHead: boolean, isChunked: boolean, bytes: number | undefined): BodyFraming {
  if (isToHead || status < 200 || status === 204 || status === 304 || bytes === 0) return none;
  if (isChunked) return chunked;
  return bytes === undefined ? untilClose : { kind: "length", bytes };
}

function maySayMore(minorVersion: 0 | 1, connection: string, isChunked: boolean): boolean {
  if (connection === "" && minorVersion === 1) return true;
  const options = connection.split(",").map((option) => option.trim());
  if (options.includes("close")) return false;
  // Chunks in HTTP/1.0 (RFC 9112, section 6.1): whoever sent them may not have meant them.
  return minorVersion === 1 || (options.includes("keep-alive") && !isChunked);
}
