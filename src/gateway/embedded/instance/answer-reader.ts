import { notHttp, type ReceivedHead, readFields, readHead, type Unusable } from "./received-head.ts";

/** Who is told what comes. Any call may `stop` the reader. */
export interface AnswerSink {
  /** 1xx but 101: the answer is still to come. */
  interim(head: ReceivedHead): void;
  /** 101: what follows is no HTTP; `rest` is what of it has come already. */
  switched(head: ReceivedHead, rest: Buffer): void;
  head(head: ReceivedHead): void;
  /** Lent, as all of what is read: after `read` its memory is used for something else. */
  body(chunk: Buffer): void;
  /** The answer is whole. `isClean`: the connection may carry another request, and nothing came behind the answer. */
  ended(trailers: readonly string[], isClean: boolean): void;
  /** What came breaks the rules; nothing else is told. */
  unusable(why: Unusable): void;
}

const endOfHead = Buffer.from("\r\n\r\n");
const lineFeed = 0x0a;
const chunkLineLimit = 16 * 1024;
const noTrailers: readonly string[] = [];
/** So many hexadecimal digits are exact as a number. Extensions mean nothing here, but have to be what they are to everybody. */
const chunkSize =
  /^([0-9a-f]{1,13})(?:;[!#$%&'*+\-.^_`|~0-9a-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9a-z]+|"[\t\x20\x21\x23-\x5b\x5d-\x7e]*"))?)*\r\n$/i;

type State = "silent" | "head" | "bodiless" | "length" | "untilClose" | "chunkSize" | "chunk" | "chunkEnd" | "trailers";

const states = { none: "bodiless", length: "length", chunked: "chunkSize", untilClose: "untilClose" } as const;

/**
 * Reads the answers that come on one connection, as strictly as they can be read. Between two answers it is silent:
 * what comes then nobody asked for.
 */
export class AnswerReader {
  readonly #sink: AnswerSink;
  readonly #headBytes: number;
  #state: State = "silent";
  #isToHead = false;
  /** Of a head or line that is not whole yet. */
  #begun = "";
  #trailers = "";
  /** Bytes of the body, or of the chunk, that are still to come. */
  #missing = 0;
  #isKept = false;

  constructor(sink: AnswerSink, headBytes: number) {
    this.#sink = sink;
    this.#headBytes = headBytes;
  }

  /** A request was sent. `isToHead`: its method is HEAD, whose answers have no body. */
  expect(isToHead: boolean): void {
    this.#state = "head";
    this.#isToHead = isToHead;
    this.#begun = "";
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#state = "silent";
  }

  /** Whether nothing is expected. */
  get isSilent(): boolean {
    return this.#state === "silent";
  }

  /** The instance has said all: that is the end of a body that has no other. Whether the answer is whole. */
  finish(): boolean {
    const isWhole = this.#state === "untilClose";
    if (isWhole) this.#end(noTrailers, false);
    return isWhole;
  }

  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== "silent") at = this.#readSome(chunk, at);
  }

  /** Reads from there on; where it stopped. */
  #readSome(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case "head":
        return this.#readHead(chunk, at);
      case "length":
      case "chunk":
        return this.#readBody(chunk, at);
      case "untilClose":
        this.#sink.body(at === 0 ? chunk : chunk.subarray(at));
        return chunk.length;
      default:
        return this.#readLine(chunk, at);
    }
  }

  #readHead(chunk: Buffer, at: number): number {
    if (this.#begun !== "") return this.#readDividedHead(chunk, at);
    const end = chunk.indexOf(endOfHead, at);
    if (end < 0) return this.#readDividedHead(chunk, at);
    this.#take(chunk.toString("latin1", at, end + endOfHead.length), chunk, end + endOfHead.length);
    return end + endOfHead.length;
  }

  /** The rare case: a head that comes in pieces. What is wrong already is not waited for. */
  #readDividedHead(chunk: Buffer, at: number): number {
    const before = this.#begun.length;
    const text = this.#begun + chunk.toString("latin1", at);
    const end = text.indexOf("\r\n\r\n", Math.max(0, before - 3));
    this.#begun = "";
    if (end >= 0) {
      const next = at + end + endOfHead.length - before;
      this.#take(text.slice(0, end + endOfHead.length), chunk, next);
      return next;
    }
    const problem = problemOf(text, this.#headBytes);
    if (problem === undefined) this.#begun = text;
    else this.#refuse(problem);
    return chunk.length;
  }

  /** A whole head; what follows it in the chunk begins at `next`. */
  #take(text: string, chunk: Buffer, next: number): void {
    const head = text.length > this.#headBytes ? tooLong(this.#headBytes) : readHead(text, this.#isToHead);
    if ("rule" in head) this.#refuse(head);
    else if (head.status === 101) {
      this.#state = "silent";
      this.#sink.switched(head, chunk.subarray(next));
    } else if (head.status < 200) this.#sink.interim(head);
    else this.#begin(head, next === chunk.length);
  }

  #begin(head: ReceivedHead, isAll: boolean): void {
    const { body } = head;
    this.#isKept = head.isKept;
    this.#trailers = "";
    if (body.kind === "length") this.#missing = body.bytes;
    this.#state = states[body.kind];
    this.#sink.head(head);
    if (this.#state === "bodiless") this.#end(noTrailers, head.isKept && isAll);
  }

  #readBody(chunk: Buffer, at: number): number {
    const isChunk = this.#state === "chunk";
    const end = Math.min(chunk.length, at + this.#missing);
    this.#missing -= end - at;
    this.#sink.body(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    if (this.#missing > 0 || this.#state === "silent") return end;
    if (isChunk) this.#state = "chunkEnd";
    else this.#end(noTrailers, this.#isKept && end === chunk.length);
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const found = chunk.indexOf(lineFeed, at);
    const end = found < 0 ? chunk.length : found + 1;
    const line = this.#begun + chunk.toString("latin1", at, end);
    this.#begun = found < 0 ? line : "";
    if (line.length > chunkLineLimit) this.#refuse(notHttp("a line between its chunks is too long"));
    else if (found >= 0) this.#takeLine(line, end === chunk.length);
    return end;
  }

  #takeLine(line: string, isAll: boolean): void {
    if (this.#state === "chunkSize") this.#takeSize(line);
    else if (this.#state === "trailers") this.#takeTrailer(line, isAll);
    else if (line === "\r\n") this.#state = "chunkSize";
    else this.#refuse(notHttp("a chunk is longer than it says"));
  }

  #takeSize(line: string): void {
    const digits = chunkSize.exec(line)?.[1];
    if (digits === undefined) this.#refuse(notHttp("the size of a chunk is no number"));
    else {
      this.#missing = Number.parseInt(digits, 16);
      this.#state = this.#missing === 0 ? "trailers" : "chunk";
    }
  }

  #takeTrailer(line: string, isAll: boolean): void {
    this.#trailers += line;
    if (this.#trailers.length > this.#headBytes) this.#refuse(notHttp("its trailers are too long"));
    if (line !== "\r\n" || this.#state !== "trailers") return;
    const trailers = this.#trailers === line ? noTrailers : readFields(this.#trailers, 0);
    if (trailers === undefined) this.#refuse(notHttp("a trailer is none"));
    else this.#end(trailers, this.#isKept && isAll);
  }

  #end(trailers: readonly string[], isClean: boolean): void {
    this.#state = "silent";
    this.#sink.ended(trailers, isClean);
  }

  #refuse(why: Unusable): void {
    this.#state = "silent";
    this.#sink.unusable(why);
  }
}

function tooLong(limit: number): Unusable {
  return { rule: `The head of the service's answer is longer than ${limit} bytes.` };
}

/** What is wrong with a head although it is not whole; `undefined`: nothing yet. */
function problemOf(text: string, limit: number): Unusable | undefined {
  if (text.length > limit) return tooLong(limit);
  const isBegun = text.startsWith("HTTP/") || "HTTP/".startsWith(text);
  if (!isBegun) return notHttp("the status line is none");
  return /(?:^|[^\r])\n/.test(text) ? notHttp("a line of its head ends with a line feed alone") : undefined;
}
