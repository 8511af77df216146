import { type ClientRequest, type IncomingMessage, request as sendRequest } from "node:http";
import type { Socket } from "node:net";
import type { Limits } from "../balance/limits.ts";
import type { Upstream } from "../balance/upstream.ts";
import { brokenRule } from "./answer-head.ts";
import { type OwnAnswer, ownAnswers } from "./own-answer.ts";
import type { RequestHead } from "./request-head.ts";

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

/** Who is told. After `failed` or `brokeOff` nothing else comes. */
export interface AttemptOwner {
  answered(answer: IncomingMessage): void;
  /** The instance agreed to switch protocols; from here on the connection and the count are the owner's. */
  switched(answer: IncomingMessage, socket: Socket, head: Buffer): void;
  /** `answer`: what the client is told, unless it is tried again. */
  failed(failure: AttemptFailure, answer: OwnAnswer): void;
  /** The answer began but did not come to its end. */
  brokeOff(): void;
  /** 1xx: on its way, nothing decided yet. */
  informed(status: number, rawHeaders: readonly string[]): void;
}

const exhausted = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL"]);

/** A request given to one instance. Counts as under way there until the instance has nothing to do with it any more. */
export class Attempt {
  readonly upstream: Upstream;
  readonly out: ClientRequest;
  /** Something of an answer came: trying again could repeat it. */
  informed = false;
  readonly #owner: AttemptOwner;
  readonly #timer: NodeJS.Timeout;
  readonly #headBytes: number;
  /** When the last of the request was given to the instance, on the monotonic clock. */
  #sentAt = performance.now();
  #answer: IncomingMessage | undefined;
  #error: NodeJS.ErrnoException | undefined;
  #isTooSlow = false;
  #rule: OwnAnswer | undefined;
  #isOver = false;

  /** @throws when the head holds something that cannot be sent; nothing was begun then. */
  constructor(upstream: Upstream, head: RequestHead, upgrades: boolean, limits: Limits, owner: AttemptOwner) {
    this.upstream = upstream;
    this.#headBytes = limits.headBytes;
    this.#owner = owner;
    upstream.connections.prepare(head.isRepeatable);
    this.out = sendRequest({
      agent: upstream.connections,
      host: upstream.host,
      port: upstream.port,
      method: head.method,
      path: head.target,
      headers: head.headers,
      setHost: false,
      maxHeaderSize: limits.headBytes,
    });
    // As for requests: beyond a number, Node drops fields without a word.
    this.out.maxHeadersCount = 0;
    upstream.traffic.begin();
    this.#timer = setTimeout(() => this.#giveUp(), limits.answerMs);
    this.#listen(upgrades);
  }

  /** The request is still being sent: the instance has time to answer from now on. */
  moved = (): void => {
    this.#sentAt = performance.now();
    this.#timer.refresh();
  };

  /** The answer cannot be passed on. Nothing is reported after this. */
  reject(): void {
    if (!this.#isOver) this.#countBrokenOff();
    this.cancel();
  }

  /** Nobody wants the answer any more. Nothing is reported after this. */
  cancel(): void {
    if (this.#isOver) return;
    this.#finish();
    this.out.destroy();
  }

  #listen(upgrades: boolean): void {
    const out = this.out;
    out.on("response", (answer) => this.#onAnswer(answer));
    out.on("error", (error) => this.#onError(error));
    out.on("close", () => this.#onClose());
    out.on("information", (information) => this.#onInformation(information));
    out.on("upgrade", (answer, socket, head) => {
      if (upgrades) this.#onUpgrade(answer, socket as Socket, head);
      else this.#refuseUpgrade(socket as Socket);
    });
  }

  #onAnswer(answer: IncomingMessage): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#answer = answer;
    this.upstream.traffic.answered(performance.now() - this.#sentAt);
    if ((answer.statusCode ?? 0) >= 500) this.upstream.traffic.serverErrors += 1;
    this.upstream.answered();
    this.upstream.connections.announce(answer.headers["keep-alive"] as string | undefined);
    this.#owner.answered(answer);
  }

  #onUpgrade(answer: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    clearTimeout(this.#timer);
    this.#isOver = true;
    this.upstream.traffic.answered(performance.now() - this.#sentAt);
    this.upstream.answered();
    this.#owner.switched(answer, socket, head);
  }

  #refuseUpgrade(socket: Socket): void {
    this.#rule = ownAnswers.switched;
    socket.destroy();
    this.out.destroy();
  }

  #onInformation(information: { readonly statusCode: number; readonly rawHeaders: readonly string[] }): void {
    if (this.#isOver) return;
    this.informed = true;
    this.#timer.refresh();
    this.#owner.informed(information.statusCode, information.rawHeaders);
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#error ??= error;
    // At once: after an error Node takes what came of an answer without a length for the whole of it.
    if (this.#answer !== undefined && !this.#answer.complete && !this.#isOver) {
      this.#breakOff();
    }
  }

  #onClose(): void {
    if (this.#isOver) return;
    if (this.#answer !== undefined && !this.#answer.complete) {
      this.#breakOff();
      return;
    }
    this.#finish();
    if (this.#answer === undefined) this.#fail();
  }

  #breakOff(): void {
    this.#countBrokenOff();
    this.#finish();
    this.#owner.brokeOff();
  }

  /** One that said itself that it failed is counted already. */
  #countBrokenOff(): void {
    if ((this.#answer?.statusCode ?? 0) < 500) this.upstream.traffic.brokeOff += 1;
  }

  #fail(): void {
    const failure = this.#failure();
    if (failure !== "exhausted") this.upstream.traffic.connectErrors += 1;
    this.#owner.failed(failure, failure === "unusable" ? (this.#rule as OwnAnswer) : ownAnswers[failure]);
  }

  #failure(): AttemptFailure {
    if (this.#isTooSlow) return "tooSlow";
    const rule = this.#error && brokenRule(this.#error, this.#headBytes);
    if (rule !== undefined) this.#rule = { status: 502, text: rule };
    return this.#rule === undefined ? failureOf(this.#error) : "unusable";
  }

  #giveUp(): void {
    this.#isTooSlow = true;
    this.out.destroy();
  }

  #finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.upstream.traffic.end();
  }
}

/** The system names the call that failed: with `connect` nothing was sent. */
function failureOf(error: NodeJS.ErrnoException | undefined): AttemptFailure {
  if (error === undefined || (error.syscall !== "connect" && error.syscall !== "getaddrinfo")) return "broken";
  return exhausted.has(error.code ?? "") ? "exhausted" : "refused";
}
