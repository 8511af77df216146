/** Bytes that come at the end and leave at the front; costs in proportion to what comes, however it is cut. */
export class HeldBytes {
  #buffer = Buffer.alloc(0);
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  append(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** A copy: the buffer is used again. */
  copy(start: number, end: number): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#from + start, this.#from + end));
  }

  drop(count: number): void {
    // What was held may be a part of a secret.
    this.#buffer.fill(0, this.#from, this.#from + count);
    this.#from += count;
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }

  #makeRoom(count: number): void {
    const { length } = this;
    const fits = (length + count) * 2 <= this.#buffer.length;
    const target = fits ? this.#buffer : Buffer.alloc(Math.max(256, (length + count) * 2));
    target.set(this.#buffer.subarray(this.#from, this.#to));
    this.#buffer = target;
    this.#from = 0;
    this.#to = length;
  }
}
