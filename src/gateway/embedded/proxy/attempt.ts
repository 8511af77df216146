import type { Socket } from "node:net";
import type { Limits } from "../balance/limits.ts";
import type { Upstream } from "../balance/upstream.ts";
import type { ConnectionUser, InstanceConnection } from "../instance/connection.ts";
import type { ReceivedHead, Unusable } from "../instance/received-head.ts";
import { type OwnAnswer, ownAnswers } from "./own-answer.ts";
import { type RequestHead, requestHeadText } from "./request-head.ts";

/** Why an instance gave no answer. */
export type AttemptFailure =
  /** No connection: the instance has seen nothing of the request. */
  | "refused"
  /** No connection, for want of something on this machine: not the instance's fault. */
  | "exhausted"
  /** The connection broke: the instance may have seen the request. */
  | "broken"
  /** What came is no answer that can be passed on: the instance has seen the request. */
  | "unusable"
  | "tooSlow";

/** Who is told. After `failed`, `brokeOff` or `answerEnded` nothing else comes. */
export interface AttemptOwner {
  answered(answer: ReceivedHead): void;
  answerBody(chunk: Buffer): void;
  /** All that came at a time has been told. Whether some of it is still in use. */
  answerSettled(): boolean;
  /** The answer is whole. */
  answerEnded(trailers: readonly string[]): void;
  /** The instance agreed to switch protocols; from here on the connection and the count are the owner's. */
  switched(answer: ReceivedHead, socket: Socket): void;
  /** `answer`: what the client is told, unless it is tried again. */
  failed(failure: AttemptFailure, answer: OwnAnswer): void;
  /** The answer began but did not come to its end. */
  brokeOff(): void;
  /** 1xx: on its way, nothing decided yet. */
  informed(answer: ReceivedHead): void;
  /** A body can be sent: the connection stands. */
  bodyWanted(): void;
  /** The instance takes more of the body again. */
  bodyDrained(): void;
}

const exhausted = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

/** A request given to one instance. Counts as under way there until the instance has nothing to do with it any more. */
export class Attempt implements ConnectionUser {
  readonly upstream: Upstream;
  /** Something of an answer came: trying again could repeat it. */
  hasInformed = false;
  readonly #head: RequestHead;
  readonly #upgrades: boolean;
  readonly #owner: AttemptOwner;
  readonly #connection: InstanceConnection;
  readonly #timer: NodeJS.Timeout;
  /** When the last of the request was given to the instance, on the monotonic clock. */
  #sentAt = performance.now();
  #isSent = false;
  #status: number | undefined;
  #isOver = false;

  /** Nothing is told before `begin`. */
  constructor(upstream: Upstream, head: RequestHead, upgrades: boolean, limits: Limits, owner: AttemptOwner) {
    this.upstream = upstream;
    this.#head = head;
    this.#upgrades = upgrades;
    this.#owner = owner;
    this.#connection = upstream.connections.take(head.isRepeatable);
    upstream.traffic.begin();
    this.#timer = setTimeout(() => this.#giveUp(), limits.answerMs);
  }

  begin(): void {
    this.#connection.begin(this, this.#head.method === "HEAD");
    if (this.#head.hasBody) {
      // Not before there is a connection: what has been read of a body is gone, and the request could not be tried again.
      if (this.#connection.isConnected) this.connected();
      return;
    }
    this.#isSent = true;
    // Not before the body of a request that came in front of it on the same connection.
    process.nextTick(() => {
      if (!this.#isOver) this.#connection.write(requestHeadText(this.#head));
    });
  }

  /** The connection had carried another request before. */
  get isReused(): boolean {
    return this.#connection.requests > 1;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the whole request was given to the instance. */
  get isSent(): boolean {
    return this.#isSent;
  }

  get isBusyWithBody(): boolean {
    return !this.#isOver && this.#connection.needsDrain;
  }

  /** Sends some of the request's body. `false`: `bodyDrained` comes before more should. */
  send(chunk: Buffer): boolean {
    this.#moved();
    if (!this.#head.isChunked) return this.#connection.write(chunk);
    this.#connection.cork();
    this.#connection.write(`${chunk.length.toString(16)}\r\n`);
    this.#connection.write(chunk);
    const takesMore = this.#connection.write("\r\n");
    this.#connection.uncork();
    return takesMore;
  }

  /** The request's body is whole. Trailers: names and values in turn. */
  sendEnd(trailers: readonly string[]): void {
    this.#isSent = true;
    if (!this.#head.isChunked) return;
    let text = "0\r\n";
    for (let index = 0; index < trailers.length; index += 2) text += `${trailers[index]}: ${trailers[index + 1]}\r\n`;
    this.#connection.write(`${text}\r\n`);
  }

  /** No more of the answer is read until `resume`. */
  pause(): void {
    if (!this.#isOver) this.#connection.pause();
  }

  resume(): void {
    if (!this.#isOver) this.#connection.resume();
  }

  /** The answer cannot be passed on. Nothing is reported after this. */
  reject(): void {
    if (!this.#isOver) this.#countBrokenOff();
    this.cancel();
  }

  /** Nobody wants the answer any more. Nothing is reported after this. */
  cancel(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#connection.destroy();
  }

  connected(): void {
    if (this.#isOver || !this.#head.hasBody) return;
    // Together with what there is of the body.
    this.#connection.cork();
    this.#connection.write(requestHeadText(this.#head));
    this.#owner.bodyWanted();
    process.nextTick(() => this.#connection.uncork());
  }

  drained(): void {
    this.#owner.bodyDrained();
  }

  interim(answer: ReceivedHead): void {
    this.hasInformed = true;
    this.#timer.refresh();
    this.#owner.informed(answer);
  }

  head(answer: ReceivedHead): void {
    clearTimeout(this.#timer);
    const { traffic, connections } = this.upstream;
    this.#status = answer.status;
    traffic.answered(performance.now() - this.#sentAt);
    if (answer.status >= 500) traffic.serverErrors += 1;
    this.upstream.answered();
    connections.announce(answer.keepAlive);
    this.#owner.answered(answer);
  }

  body(chunk: Buffer): void {
    this.#owner.answerBody(chunk);
  }

  settled(): boolean {
    return this.#owner.answerSettled();
  }

  ended(trailers: readonly string[], isClean: boolean): void {
    this.#finish();
    // The instance did not want the rest of the request: its connection cannot be used again.
    if (isClean && this.#isSent && this.#connection.isFlushed) this.upstream.connections.give(this.#connection);
    else this.#connection.destroy();
    this.#owner.answerEnded(trailers);
  }

  switched(answer: ReceivedHead, rest: Buffer): void {
    if (!this.#upgrades || !/(?:^|[ ,])upgrade(?:$|[ ,])/.test(answer.connection)) {
      this.#fail("unusable", ownAnswers.switched);
      return;
    }
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.upstream.traffic.answered(performance.now() - this.#sentAt);
    this.upstream.answered();
    this.#owner.switched(answer, this.#connection.detach(rest));
  }

  unusable({ rule }: Unusable): void {
    if (this.#status === undefined) this.#fail("unusable", { status: 502, text: rule });
    else this.#breakOff();
  }

  lost(error: NodeJS.ErrnoException | undefined): void {
    if (this.#status !== undefined) this.#breakOff();
    else {
      const failure = failureOf(error);
      this.#fail(failure, ownAnswers[failure]);
    }
  }

  /** The request is still being sent: the instance has time to answer from now on. */
  #moved(): void {
    this.#sentAt = performance.now();
    if (this.#status === undefined) this.#timer.refresh();
  }

  #breakOff(): void {
    this.#countBrokenOff();
    this.cancel();
    this.#owner.brokeOff();
  }

  /** One that said itself that it failed is counted already. */
  #countBrokenOff(): void {
    if ((this.#status ?? 0) < 500) this.upstream.traffic.brokeOff += 1;
  }

  #fail(failure: AttemptFailure, answer: OwnAnswer): void {
    this.cancel();
    if (failure !== "exhausted") this.upstream.traffic.connectErrors += 1;
    this.#owner.failed(failure, answer);
  }

  #giveUp(): void {
    this.#fail("tooSlow", ownAnswers.tooSlow);
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.upstream.traffic.end();
  }
}

/** The system names the call that failed: with `connect` nothing was sent. */
function failureOf(error: NodeJS.ErrnoException | undefined): "broken" | "exhausted" | "refused" {
  if (error === undefined || (error.syscall !== "connect" && error.syscall !== "getaddrinfo")) return "broken";
  return exhausted.has(error.code ?? "") ? "exhausted" : "refused";
}
