const lineEnd = 10;

/** Says in which line a byte is; counts only when it is asked, or must because the bytes go. */
export class LineCounter {
  #piece: Uint8Array = new Uint8Array();
  #before: Uint8Array = new Uint8Array();
  /** Where the piece begins. */
  #start = 0;
  /** Line ends before the piece. */
  #count = 0;
  /** How far was counted in the piece, and to what. */
  #at = 0;
  #reached = 0;

  push(bytes: Uint8Array): void {
    if (this.#start + this.#piece.length > 0) this.#count += this.#countTo(this.#piece.length);
    this.#start += this.#piece.length;
    this.#before = this.#piece;
    this.#piece = bytes;
    this.#at = 0;
    this.#reached = 0;
  }

  /** The line of a byte of the last piece or the one before, from 1; of an earlier one, where that piece begins. */
  lineAt(position: number): number {
    const place = position - this.#start;
    if (place >= 0) return 1 + this.#count + this.#countTo(place);
    return 1 + this.#count - endsIn(this.#before, Math.max(0, this.#before.length + place), this.#before.length);
  }

  /** Hits come roughly in the order of the bytes. */
  #countTo(place: number): number {
    if (place < this.#at) this.#at = this.#reached = 0;
    this.#reached += endsIn(this.#piece, this.#at, place);
    this.#at = place;
    return this.#reached;
  }
}

function endsIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at++) if (bytes[at] === lineEnd) count++;
  return count;
}
