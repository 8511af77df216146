import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { giveOwnAnswer, type OwnAnswer, ownAnswerBytes } from "../proxy/own-answer.ts";

/** How long a client has to take its last answer and to close, in all and without a word. */
const lingerMs = 10_000;
const lingerIdleMs = 2_000;

/** A request that was accepted, and what can be done about it when the bytes that follow turn out to be no HTTP. */
export interface Accepted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The body cannot be read to its end: `answer` goes out if nothing of another one did. */
  breakOff(answer: OwnAnswer): void;
}

/**
 * A client's connection: the answers it is owed, and its end. Once it is ending, nothing that comes on it is acted on
 * (RFC 9112, section 9.6), and the answers to what was accepted before still go out.
 *
 * It is closed in two steps: the gateway says that it has said all, then reads and throws away what still comes. Closing
 * at once with bytes unread would reset the connection, which takes the last answer away from the client.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #owed = new Set<Accepted>();
  #isEnding = false;
  #isClosing = false;
  #last: OwnAnswer | undefined;

  constructor(socket: Socket, halfClosedMs: number) {
    this.#socket = socket;
    // What Node closes a connection with after an answer that said `Connection: close`.
    socket.destroySoon = () => this.#close();
    // A client that went away and one that only has nothing more to say look the same: the exchange finds out.
    socket.once("end", () => {
      if (this.#owed.size > 0) socket.setTimeout(halfClosedMs);
    });
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isOwing(): boolean {
    return this.#owed.size > 0;
  }

  /** To be called before anything of an answer is given. */
  accept(accepted: Accepted): void {
    this.#owed.add(accepted);
    accepted.response.on("close", () => this.#settled(accepted));
  }

  /** The request is not acted on, nor is anything that follows it. */
  refuse(request: IncomingMessage, response: ServerResponse, answer: OwnAnswer): void {
    this.#isEnding = true;
    request.on("error", () => {});
    request.resume();
    response.on("error", () => {});
    giveOwnAnswer(response, { ...answer, closes: true });
  }

  /** What came is not HTTP. The request whose body it is in is broken off; what was accepted whole is not touched. */
  endWith(answer: OwnAnswer): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const guilty = [...this.#owed].at(-1);
    if (guilty !== undefined && !guilty.request.complete) guilty.breakOff({ ...answer, closes: true });
    else this.#last = answer;
    this.#sayLast();
  }

  #settled(accepted: Accepted): void {
    this.#owed.delete(accepted);
    if (this.#isEnding) this.#sayLast();
  }

  #sayLast(): void {
    if (this.#last === undefined || this.#owed.size > 0) return;
    if (this.#socket.writable) this.#socket.write(ownAnswerBytes(this.#last), "latin1");
    this.#last = undefined;
    this.#close();
  }

  #close(): void {
    const socket = this.#socket;
    if (this.#isClosing || socket.destroyed) return;
    this.#isEnding = true;
    this.#isClosing = true;
    socket.end();
    // In place of Node's parser, which would still call for every request that it finds.
    socket.removeAllListeners("data");
    socket.on("data", () => {});
    socket.resume();
    if (socket.writableFinished) this.#linger();
    else socket.once("finish", () => this.#linger());
  }

  /** Everything was said: until the client closes, too, or its time is over. */
  #linger(): void {
    const socket = this.#socket;
    const destroy = () => socket.destroy();
    if (socket.readableEnded) {
      destroy();
      return;
    }
    socket.once("end", destroy);
    socket.setTimeout(lingerIdleMs, destroy);
    const timer = setTimeout(destroy, lingerMs);
    socket.once("close", () => clearTimeout(timer));
  }
}
