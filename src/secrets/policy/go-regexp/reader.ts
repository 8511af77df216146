import { RegexpError } from "./node.ts";

/** Walks over an expression, one character (code point) at a time. */
export class Reader {
  readonly #characters: readonly string[];
  #index = 0;

  constructor(text: string) {
    this.#characters = [...text];
  }

  get isAtEnd(): boolean {
    return this.#index >= this.#characters.length;
  }

  /** Empty at the end. */
  peek(ahead = 0): string {
    return this.#characters[this.#index + ahead] ?? "";
  }

  /** @throws RegexpError at the end. */
  next(): string {
    if (this.isAtEnd) throw new RegexpError("It ends too early");
    return this.#characters[this.#index++]!;
  }

  /** Whether the text comes next; then it is taken. */
  take(text: string): boolean {
    const characters = [...text];
    if (!characters.every((character, ahead) => this.peek(ahead) === character)) return false;
    this.#index += characters.length;
    return true;
  }

  /** What comes before the text, which is taken as well; `undefined`, and nothing taken, when it doesn't come. */
  takeUntil(text: string): string | undefined {
    const searched = [...text];
    let end = this.#index;
    while (end < this.#characters.length && !searched.every((one, ahead) => this.#characters[end + ahead] === one))
      end++;
    if (end >= this.#characters.length) return undefined;
    const taken = this.#characters.slice(this.#index, end).join("");
    this.#index = end + searched.length;
    return taken;
  }

  /** The longest run of characters that fit, at most so many. */
  takeWhile(form: RegExp, most = Number.POSITIVE_INFINITY): string {
    let taken = "";
    for (let count = 0; count < most && form.test(this.peek()); count++) taken += this.next();
    return taken;
  }

  /** Where it is, for `back`. */
  get place(): number {
    return this.#index;
  }

  back(place: number): void {
    this.#index = place;
  }
}
