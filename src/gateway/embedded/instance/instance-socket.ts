import { Socket } from "node:net";

type Taken = (error?: Error | null) => void;

/** Gets what came. It is lent: unless the taker says that some of it is still in use, its memory is used again. */
export type BytesTaker = (bytes: Buffer) => boolean;

const [smallBytes, largeBytes] = [16 * 1024, 128 * 1024];
/** Less room than this is not worth a read. */
const leastBytes = 4 * 1024;

/**
 * What a connection is read into, one read after the other: fresh memory for each would cost more than all else, above all
 * in pauses while it is collected. No two connections may share it: Node asks for the memory of a read long before it.
 */
class ReadMemory {
  #free = Buffer.allocUnsafeSlow(smallBytes);

  get = (): Buffer => this.#free;

  /**
   * `isInUse`: what was read is left to whoever uses it, and never read into again; the next read goes behind it. So a
   * client that reads slowly does not make each small event cost as much as a large answer. More memory is needed where
   * a read filled all there was.
   */
  afterRead(length: number, isInUse: boolean): void {
    const isFull = length === this.#free.length && length < largeBytes;
    if (isInUse) this.#free = this.#free.subarray(length);
    if (isFull || this.#free.length < leastBytes)
      this.#free = Buffer.allocUnsafeSlow(length < smallBytes ? smallBytes : largeBytes);
  }
}

/** For an answer that is on its way when the instance takes no more. */
const answerMs = 2_000;

/**
 * A connection to an instance. One that takes no more of a request is still read to its end: an instance that does not
 * want a body answers, and closes with the rest unread, which makes the next write fail. Node's own socket closes on
 * that, and throws away the answer that has already arrived.
 *
 * After such a write nothing more is taken: whoever writes waits as for a slow instance, until the connection is closed.
 */
export class InstanceSocket extends Socket {
  #isStream = false;

  constructor(taker: BytesTaker) {
    const memory = new ReadMemory();
    const callback = (length: number, buffer: Uint8Array): boolean => {
      const bytes = (buffer as Buffer).subarray(0, length);
      if (this.#isStream) return this.push(Buffer.from(bytes));
      memory.afterRead(length, taker(bytes));
      // A taker that wants no more for now pauses the socket.
      return true;
    };
    super({ onread: { buffer: memory.get, callback } } as ConstructorParameters<typeof Socket>[0]);
  }

  /** From now on what comes can be read and piped as from any stream, beginning with `rest`; the taker gets no more. */
  becomeStream(rest: Buffer): void {
    this.#isStream = true;
    this.pause();
    if (rest.length > 0) this.unshift(Buffer.from(rest));
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: Taken): void {
    super._write(chunk, encoding, (error) => this.#taken(error, callback));
  }

  override _writev(chunks: { chunk: unknown; encoding: BufferEncoding }[], callback: Taken): void {
    super._writev?.(chunks, (error) => this.#taken(error, callback));
  }

  #taken(error: Error | null | undefined, callback: Taken): void {
    if (error === null || error === undefined || this.destroyed || this.readableEnded) {
      callback(error);
      return;
    }
    const timer = setTimeout(() => callback(error), answerMs);
    this.once("close", () => clearTimeout(timer));
  }
}
