import type { SocketAddress } from "../tables/address.ts";
import { AnswerReader, type AnswerSink } from "./answer-reader.ts";
import { InstanceSocket } from "./instance-socket.ts";

/** What holds for connections to instances. Times are milliseconds. */
export interface ConnectionLimits {
  /** Of a head, an answer's as well as a request's: its line and its fields together. More of a request is answered with 431. */
  readonly headBytes: number;
  /** For an instance to accept a connection. */
  readonly connectMs: number;
  /** How long an idle connection to an instance is kept; less when the instance announces less. */
  readonly instanceIdleMs: number;
  /**
   * A request that must not be sent twice uses a connection only if it was idle for less than this. Servers close
   * idle connections after seconds, so that one that has just been used is not about to be closed.
   */
  readonly recentMs: number;
}

/** Who has a connection for one request, and is told what becomes of it. */
export interface ConnectionUser extends AnswerSink {
  /** A new connection came about: what is written goes out. */
  connected(): void;
  /** All that came at a time has been told. Whether some of it is still in use: its memory is not touched then. */
  settled(): boolean;
  /** The instance takes more of the request again. */
  drained(): void;
  /** The connection is over, and the answer is not whole. */
  lost(error: NodeJS.ErrnoException | undefined): void;
}

/** A connection that was not accepted in time. Has the `syscall` of the system's own connection errors. */
class ConnectTimeout extends Error {
  readonly code = "ETIMEDOUT";
  readonly syscall = "connect";
}

/**
 * A connection to an instance, which carries one request at a time. It listens to its socket once for all of them. Whoever
 * uses it gives it back, or destroys it, exactly once; after that nothing is told any more.
 */
export class InstanceConnection {
  readonly #socket: InstanceSocket;
  readonly #reader: AnswerReader;
  readonly #listeners: readonly (readonly [string, (error: Error) => void])[] = [
    ["end", () => this.#onEnd()],
    ["drain", () => this.#user?.drained()],
    ["connect", () => this.#user?.connected()],
    ["error", (error: NodeJS.ErrnoException) => this.#onError(error)],
    ["close", () => this.#onOver()],
  ];
  #user: ConnectionUser | undefined;
  #error: NodeJS.ErrnoException | undefined;
  /** How many requests it has carried, with the one that it carries. */
  requests = 0;
  /** When its last request was over, on the monotonic clock. */
  idleSince = 0;
  /** Called when it is over while nobody uses it: the instance closed it, or says what nobody asked for. */
  onIdleOver: (() => void) | undefined;

  constructor({ host, port }: SocketAddress, limits: ConnectionLimits) {
    this.#socket = new InstanceSocket((bytes) => this.#onBytes(bytes)).setNoDelay(true).setKeepAlive(true, 30_000);
    this.#reader = new AnswerReader(this.#told(), limits.headBytes);
    for (const [event, listener] of this.#listeners) this.#socket.on(event, listener);
    this.#socket.connect({ host, port });
    const timer = setTimeout(() => this.#socket.destroy(new ConnectTimeout("connect timed out")), limits.connectMs);
    const settled = () => clearTimeout(timer);
    this.#socket.once("connect", settled).once("close", settled);
  }

  get isOver(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded;
  }

  /** Whether all that was written has been taken by the system. */
  get isFlushed(): boolean {
    return this.#socket.writableLength === 0;
  }

  get needsDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  begin(user: ConnectionUser, isToHead: boolean): void {
    this.#user = user;
    this.requests += 1;
    if (this.requests > 1) this.#socket.ref();
    this.#reader.expect(isToHead);
  }

  /** Whether bytes go out at once. */
  get isConnected(): boolean {
    return !this.#socket.connecting;
  }

  write(data: string | Buffer): boolean {
    return typeof data === "string" ? this.#socket.write(data, "latin1") : this.#socket.write(data);
  }

  /** What is written until `uncork` goes out together. */
  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The request is over; nothing is told its user any more. */
  rest(now: number): void {
    this.#user = undefined;
    this.idleSince = now;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#socket.unref();
  }

  destroy(): void {
    this.#user = undefined;
    this.#reader.stop();
    this.#socket.destroy();
  }

  /** The socket itself, for what is no HTTP any more, beginning with `rest`: from here on it is the caller's alone. */
  detach(rest: Buffer): InstanceSocket {
    const socket = this.#socket;
    this.#user = undefined;
    socket.becomeStream(rest);
    for (const [event, listener] of this.#listeners) socket.off(event, listener);
    return socket;
  }

  #onBytes(bytes: Buffer): boolean {
    const user = this.#user;
    if (user === undefined) {
      // What nobody asked for would be taken for the next answer.
      this.#socket.destroy();
      return false;
    }
    this.#reader.read(bytes);
    return user.settled();
  }

  #onEnd(): void {
    if (!this.#reader.finish()) this.#onOver();
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#error ??= error;
    this.#onOver();
  }

  #onOver(): void {
    const user = this.#user;
    this.#user = undefined;
    this.#reader.stop();
    this.#socket.destroy();
    if (user === undefined) this.onIdleOver?.();
    else user.lost(this.#error);
  }

  /** The user of the moment: the reader outlives them. */
  #told(): AnswerSink {
    return {
      interim: (head) => this.#user?.interim(head),
      switched: (head, rest) => this.#user?.switched(head, rest),
      head: (head) => this.#user?.head(head),
      body: (chunk) => this.#user?.body(chunk),
      ended: (trailers, isClean) => this.#user?.ended(trailers, isClean),
      unusable: (why) => this.#user?.unusable(why),
    };
  }
}
