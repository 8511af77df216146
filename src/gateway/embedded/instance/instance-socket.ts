import { Socket } from "node:net";

type Taken = (error?: Error | null) => void;

/** Who gets the bytes; of what they are lent, nothing may be kept but what `Lender` is told of. */
export type BytesTaker = (bytes: Buffer) => void;

const bufferBytes = 128 * 1024;

/**
 * The memory that all connections to instances are read into, one read after the other: fresh memory for each would cost more
 * than all else, above all in pauses while it is collected. Whoever still needs what was read into it after its turn keeps
 * the buffer, and the next read gets another one.
 */
class ReadBuffer {
  #buffer = Buffer.allocUnsafeSlow(bufferBytes);

  next = (): Buffer => this.#buffer;

  keep(): void {
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes);
  }
}

const readBuffer = new ReadBuffer();

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
