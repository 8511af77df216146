import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { chooseUpstream } from "../balance/choose-upstream.ts";
import type { Limits } from "../balance/limits.ts";
import { findRoute, type LiveRoute } from "../balance/routing.ts";
import type { Upstream } from "../balance/upstream.ts";
import type { ReceivedHead } from "../instance/received-head.ts";
import { passableFields, passedOn } from "./answer-head.ts";
import { Attempt, type AttemptFailure, type AttemptOwner } from "./attempt.ts";
import { giveOwnAnswer, type OwnAnswer, ownAnswers } from "./own-answer.ts";
import { isSendable, type RequestHead } from "./request-head.ts";
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

/** How much of an answer may be on its way to the client before no more of it is read. */
const aheadBytes = 256 * 1024;

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
  /** The answer's head was written, and waits for what it can go out with. */
  #isHeadHeld = false;

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
    response.on("drain", () => this.#attempt?.resume());
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

  answered(answer: ReceivedHead): void {
    const response = this.#response;
    const takesChunks = this.#request.httpVersionMinor === 1;
    if (this.#context.isClosing) response.shouldKeepAlive = false;
    try {
      response.writeHead(answer.status, answer.reason, passedOn(answer, takesChunks));
    } catch {
      this.#discard(ownAnswers.unwritable);
      return;
    }
    this.#isHeadHeld = answer.body.kind !== "none";
  }

  answerBody(chunk: Buffer): void {
    this.#isHeadHeld = false;
    const response = this.#response;
    // What is on its way to the client costs memory, and waiting for each chunk to be gone costs time.
    if (!response.write(chunk) && response.writableLength > aheadBytes) this.#attempt?.pause();
  }

  /** The head goes out with the first of the body, unless that takes its time: events, long polls. */
  answerSettled(): boolean {
    const response = this.#response;
    if (this.#isHeadHeld) response.flushHeaders();
    this.#isHeadHeld = false;
    // Node would write at the end of the turn; at once what the system takes need not be kept.
    if (response.socket?.writableCorked === 1) response.socket.uncork();
    return response.writableLength > 0;
  }

  switched(answer: ReceivedHead, socket: Socket): void {
    const upstream = (this.#attempt as Attempt).upstream;
    const client = this.#upgrade as UpgradeRequest;
    this.#response.detachSocket(client.socket);
    client.socket.write(switchHead(answer), "latin1");
    if (client.head.length > 0) client.socket.unshift(client.head);
    joinSockets(client.socket, socket, () => upstream.traffic.end());
  }

  informed({ status, fields }: ReceivedHead): void {
    if (this.#request.httpVersionMinor !== 1 || this.#response.headersSent) return;
    // A client that takes none of them goes without: an instance may say as many as it likes.
    if (this.#response.writableLength > aheadBytes) return;
    if (status === 100) {
      // Nobody waits for it unless the client asked.
      if (this.#request.headers.expect !== undefined) this.#response.writeContinue();
    } else this.#response.writeInformation(status, passableFields(fields));
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

  answerEnded(trailers: readonly string[]): void {
    this.#isHeadHeld = false;
    const response = this.#response;
    if (trailers.length > 0 && this.#request.httpVersionMinor === 1)
      response.addTrailers(inPairs(passableFields(trailers)));
    response.end();
    if (this.#attempt?.isSent !== true) this.#stopBody?.();
  }

  bodyWanted(): void {
    const request = this.#request;
    const attempt = this.#attempt as Attempt;
    const onData = (chunk: Buffer) => {
      if (!attempt.send(chunk)) request.pause();
    };
    const onEnd = () => attempt.sendEnd(passableFields(request.rawTrailers));
    request.on("data", onData);
    request.on("end", onEnd);
    // What still comes is read and thrown away.
    this.#stopBody = () => {
      request.off("data", onData);
      request.off("end", onEnd);
      request.resume();
    };
  }

  bodyDrained(): void {
    this.#request.resume();
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
    if (!isSendable(this.#head)) {
      this.#answerSelf({ status: 400, text: "The request cannot be forwarded.", closes: true });
      return;
    }
    this.#attempt = new Attempt(upstream, this.#head, this.#upgrade !== undefined, this.#context.limits, this);
    this.#attempt.begin();
  }

  #mayTryAgain(attempt: Attempt, failure: AttemptFailure): boolean {
    if (
      failure === "tooSlow" ||
      failure === "unusable" ||
      attempt.hasInformed ||
      this.#attempts >= this.#context.limits.attempts
    )
      return false;
    return failure !== "broken" || this.#head.isRepeatable;
  }

  /** A kept connection that broke says nothing of the instance: it gets one more chance, on a new connection. */
  #leaveOut(attempt: Attempt, failure: AttemptFailure): void {
    if (failure === "broken" && attempt.isReused && this.#attempts === 1) {
      attempt.upstream.connections.closeIdle();
      return;
    }
    this.#tried ??= new Set();
    this.#tried.add(attempt.upstream);
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
    const isInstanceBusy = this.#attempt?.isBusyWithBody === true && !this.#response.headersSent;
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

function inPairs(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < fields.length; index += 2)
    pairs.push([fields[index] as string, fields[index + 1] as string]);
  return pairs;
}
