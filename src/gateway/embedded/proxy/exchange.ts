import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { chooseUpstream } from "../balance/choose-upstream.ts";
import type { Limits } from "../balance/limits.ts";
import { findRoute, type LiveRoute } from "../balance/routing.ts";
import type { Upstream } from "../balance/upstream.ts";
import { passableFields, readAnswerHead } from "./answer-head.ts";
import { Attempt, type AttemptFailure, type AttemptOwner } from "./attempt.ts";
import { giveOwnAnswer, type OwnAnswer, ownAnswers } from "./own-answer.ts";
import type { RequestHead } from "./request-head.ts";
import { joinSockets, switchHead } from "./tunnel.ts";

/** What an exchange needs to know of the gateway it is in. */
export interface ExchangeContext {
  readonly limits: Limits;
  /** The routes in force for a host; asked anew for every attempt. `undefined`: the host is unknown. */
  routesOf(host: string): readonly LiveRoute[] | undefined;
  /** The listener is being closed: connections end after the request they are in. */
  readonly isClosing: boolean;
}

/** The client's connection when the request asks for another protocol; `head`: what came behind the request. */
export interface UpgradeRequest {
  readonly socket: Socket;
  readonly head: Buffer;
}

/**
 * One request on its way to an instance, and the answer on its way back. Nothing of either body is kept.
 *
 * A request is tried again, on another instance where there is one,
 * - when no connection came about: then no instance has seen anything of it, and its body is untouched;
 * - when the connection broke before anything of an answer came, and sending the request twice is the same as once.
 */
export class Exchange implements AttemptOwner {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #head: RequestHead;
  readonly #context: ExchangeContext;
  readonly #upgrade: UpgradeRequest | undefined;
  #attempt: Attempt | undefined;
  #attempts = 0;
  #tried: Set<Upstream> | undefined;
  #stopBody: (() => void) | undefined;
  #isProbed = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    context: ExchangeContext,
    upgrade?: UpgradeRequest,
  ) {
    this.#request = request;
    this.#response = response;
    this.#head = head;
    this.#context = context;
    this.#upgrade = upgrade;
  }

  begin(): void {
    const response = this.#response;
    response.on("close", () => this.#onClosed());
    response.on("timeout", (socket: Socket) => this.#onStalled(socket));
    response.on("error", () => {});
    this.#request.on("error", () => {});
    this.#try(undefined);
  }

  /** What the client sends is no body: the instance gets no more of it, the client `answer` if it has nothing yet. */
  breakOff(answer: OwnAnswer): void {
    if (this.#response.writableFinished) return;
    this.#attempt?.cancel();
    this.#stopBody?.();
    if (this.#response.headersSent) this.#request.socket.destroy();
    else this.#answerSelf(answer);
  }

  answered(answer: IncomingMessage): void {
    const chunked = this.#request.httpVersionMinor === 1;
    const head = readAnswerHead(answer, this.#head.method, chunked);
    if ("rule" in head) {
      this.#discard({ status: 502, text: head.rule });
      return;
    }
    if (this.#context.isClosing) this.#response.shouldKeepAlive = false;
    try {
      this.#response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", head.headers);
    } catch {
      this.#discard(ownAnswers.unwritable);
      return;
    }
    answer.on("error", () => {});
    this.#relayAnswer(answer, head.hasBody);
  }

  switched(answer: IncomingMessage, socket: Socket, head: Buffer): void {
    const upstream = (this.#attempt as Attempt).upstream;
    const client = this.#upgrade as UpgradeRequest;
    this.#response.detachSocket(client.socket);
    client.socket.write(switchHead(answer), "latin1");
    if (head.length > 0) socket.unshift(head);
    if (client.head.length > 0) client.socket.unshift(client.head);
    joinSockets(client.socket, socket, () => upstream.traffic.end());
  }

  informed(status: number, rawHeaders: readonly string[]): void {
    if (this.#request.httpVersionMinor !== 1 || this.#response.headersSent) return;
    if (status === 100) {
      // Nobody waits for it unless the client asked.
      if (this.#request.headers.expect !== undefined) this.#response.writeContinue();
    } else if (status !== 101) this.#response.writeInformation(status, passableFields(rawHeaders).flat());
  }

  failed(failure: AttemptFailure, answer: OwnAnswer): void {
    this.#stopBody?.();
    const attempt = this.#attempt as Attempt;
    if (this.#response.destroyed) return;
    if (failure === "refused") attempt.upstream.avoid(performance.now());
    if (this.#mayTryAgain(attempt, failure)) {
      this.#leaveOut(attempt, failure);
      this.#try(answer);
    } else this.#answerFor(attempt.upstream, answer);
  }

  brokeOff(): void {
    this.#stopBody?.();
    const { socket } = this.#response;
    // Behind an answer that is still being written, the connection ends once that one is through.
    if (socket === null) this.#response.once("socket", (late: Socket) => late.destroy());
    // To a client without chunks or length the end of the connection looks like the end of the answer.
    else if (this.#request.httpVersionMinor !== 1) socket.resetAndDestroy();
    else socket.destroy();
  }

  #relayAnswer(answer: IncomingMessage, hasBody: boolean): void {
    let isUnderWay = false;
    const moved = () => {
      isUnderWay = true;
    };
    relay(answer, this.#response, () => this.#onAnswerEnd(answer), moved);
    // The head goes out with the first chunk, unless that takes its time: events, long polls.
    if (!hasBody) return;
    process.nextTick(() => {
      if (!isUnderWay && !this.#response.writableEnded) this.#response.flushHeaders();
    });
  }

  /** `before`: why the last attempt failed; for when there is nowhere else to try. */
  #try(before: OwnAnswer | undefined): void {
    const chosen = this.#choose(before);
    if ("status" in chosen && chosen === before) this.#answerFor((this.#attempt as Attempt).upstream, chosen);
    else if ("status" in chosen) this.#answerSelf(chosen);
    else this.#send(chosen);
  }

  #choose(before: OwnAnswer | undefined): Upstream | OwnAnswer {
    const routes = this.#context.routesOf(this.#head.host);
    if (routes === undefined) return ownAnswers.unknownHost;
    const route = findRoute(routes, this.#head.path);
    if (route === undefined) return ownAnswers.noRoute;
    return chooseUpstream(route, this.#tried, performance.now()) ?? before ?? ownAnswers.noInstance;
  }

  #send(upstream: Upstream): void {
    this.#attempts += 1;
    const attempt = this.#attemptAt(upstream);
    this.#attempt = attempt;
    if (attempt === undefined)
      this.#answerSelf({ status: 400, text: "The request cannot be forwarded.", closes: true });
    else if (this.#head.hasBody) this.#sendBodyOnceConnected(attempt);
    else attempt.out.end();
  }

  #attemptAt(upstream: Upstream): Attempt | undefined {
    try {
      return new Attempt(upstream, this.#head, this.#upgrade !== undefined, this.#context.limits, this);
    } catch {
      return undefined;
    }
  }

  /** Not before: what has been read of a body is gone, and the request could not be tried again. */
  #sendBodyOnceConnected(attempt: Attempt): void {
    attempt.out.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => this.#sendBody(attempt));
      else this.#sendBody(attempt);
    });
  }

  #sendBody(attempt: Attempt): void {
    if (attempt.out.destroyed) return;
    const ended = () => {
      attempt.out.addTrailers(passableFields(this.#request.rawTrailers));
      attempt.out.end();
    };
    this.#stopBody = relay(this.#request, attempt.out, ended, attempt.moved);
  }

  #mayTryAgain(attempt: Attempt, failure: AttemptFailure): boolean {
    if (
      failure === "tooSlow" ||
      failure === "unusable" ||
      attempt.informed ||
      this.#attempts >= this.#context.limits.attempts
    )
      return false;
    return failure !== "broken" || this.#head.isRepeatable;
  }

  /** A kept connection that broke says nothing of the instance: it gets one more chance, on a new connection. */
  #leaveOut(attempt: Attempt, failure: AttemptFailure): void {
    if (failure === "broken" && attempt.out.reusedSocket && this.#attempts === 1) {
      attempt.upstream.connections.closeIdle();
      return;
    }
    this.#tried ??= new Set();
    this.#tried.add(attempt.upstream);
  }

  #onAnswerEnd(answer: IncomingMessage): void {
    if (answer.rawTrailers.length > 0 && this.#request.httpVersionMinor === 1)
      this.#response.addTrailers(passableFields(answer.rawTrailers));
    this.#response.end();
    if (this.#attempt?.out.writableEnded === true) return;
    // The instance did not want the rest of the request: its connection cannot be used again.
    this.#attempt?.cancel();
    this.#stopBody?.();
  }

  /** The client has its whole answer, or went away. */
  #onClosed(): void {
    if (!this.#response.writableFinished) {
      this.#stopBody?.();
      this.#attempt?.cancel();
    } else if (!this.#request.complete) this.#linger();
  }

  /** The rest of an unwanted body is read, so that the client gets to see the answer, but not for ever. */
  #linger(): void {
    const request = this.#request;
    const timer = setTimeout(() => request.socket.destroy(), this.#context.limits.stallMs);
    request.once("close", () => clearTimeout(timer));
  }

  /**
   * Nothing moved on the client's connection for a while. A client that owes the rest of its body, or does not read,
   * is cut off; one that waits for the instance is not. While the instance does not take the body, the connection is
   * not read and its end would go unseen: then the wait for the answer is the limit, and there is none after it.
   */
  #onStalled(socket: Socket): void {
    const isInstanceBusy = this.#attempt?.out.writableNeedDrain === true && !this.#response.headersSent;
    const isBodyMissing = !this.#request.complete && !isInstanceBusy;
    if (isBodyMissing || this.#response.writableLength > 0) socket.destroy();
    else if (socket.readableEnded) this.#probe(socket);
    else socket.setTimeout(this.#context.limits.stallMs);
  }

  /**
   * The client has said all and waits, or it went away: that looks the same until something was written to it, and the
   * next write fails. Before the answer that can be an interim one, which clients have to skip. An answer that began and
   * is silent is given up.
   */
  #probe(socket: Socket): void {
    const { halfClosedMs, stallMs } = this.#context.limits;
    const isFirst = !this.#isProbed && this.#request.httpVersionMinor === 1;
    this.#isProbed = true;
    if (this.#response.headersSent) socket.destroy();
    else if (isFirst) this.#response.writeContinue();
    // Nothing, which fails where the client said that it is gone.
    else socket.write("");
    if (!socket.destroyed) socket.setTimeout(isFirst ? halfClosedMs : stallMs);
  }

  #discard(answer: OwnAnswer): void {
    const attempt = this.#attempt as Attempt;
    attempt.reject();
    this.#answerFor(attempt.upstream, answer);
  }

  /** In the place of an instance: whoever runs it gets to know. */
  #answerFor(upstream: Upstream, answer: OwnAnswer): void {
    upstream.traffic.answeredFor(answer.status, answer.text, Date.now());
    this.#answerSelf(answer);
  }

  #answerSelf(answer: OwnAnswer): void {
    this.#stopBody?.();
    if (this.#context.isClosing) this.#response.shouldKeepAlive = false;
    giveOwnAnswer(this.#response, answer);
  }
}

/**
 * Moves a body from one message to another as it comes, no faster than the receiver takes it. `ended` is called
 * after the last chunk. The returned function stops it: what still comes is read and thrown away.
 */
function relay(source: Readable, target: Writable, ended: () => void, moved?: () => void): () => void {
  const onData = (chunk: Buffer) => {
    moved?.();
    if (!target.write(chunk)) source.pause();
  };
  const onDrain = () => {
    source.resume();
  };
  source.on("data", onData);
  source.on("end", ended);
  target.on("drain", onDrain);
  return () => {
    source.off("data", onData);
    source.off("end", ended);
    target.off("drain", onDrain);
    source.resume();
  };
}
