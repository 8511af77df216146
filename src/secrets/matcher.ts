/** A state of the matcher: what of the text so far may be the beginning of a word. */
interface State {
  readonly next: Map<number, State>;
  /** Characters of the text's end that are the beginning of some word. */
  readonly depth: number;
  /** The state for the longest shorter end that is also a beginning. */
  fallback: State | undefined;
  /** Length of the longest word that ends here; 0 when none does. */
  longest: number;
}

/**
 * Finds every occurrence of many words in one pass over a text that comes in pieces (Aho and Corasick, "Efficient
 * string matching", 1975).
 */
export class Matcher {
  readonly #root: State = newState(0);
  #state: State = this.#root;

  constructor(words: Iterable<string>) {
    for (const word of words) this.#add(word);
    this.#link();
  }

  /** Takes the next code unit: the length of the longest word that ends with it, or 0. */
  step(unit: number): number {
    this.#state = this.#follow(this.#state, unit);
    return this.#state.longest;
  }

  /** Forgets the text so far. */
  reset(): void {
    this.#state = this.#root;
  }

  /** How many of the last code units may be the beginning of a word that is not complete yet. */
  get pending(): number {
    let state = this.#state;
    while (state.next.size === 0 && state.fallback !== undefined) state = state.fallback;
    return state.depth;
  }

  #add(word: string): void {
    let state = this.#root;
    for (let index = 0; index < word.length; index++) {
      const unit = word.charCodeAt(index);
      const next = state.next.get(unit) ?? newState(index + 1);
      state.next.set(unit, next);
      state = next;
    }
    state.longest = word.length;
  }

  /** Breadth first: a fallback is always shallower, so it is ready before it is needed. */
  #link(): void {
    const queue = [this.#root];
    for (const state of queue) {
      for (const [unit, child] of state.next) {
        child.fallback = state.fallback === undefined ? this.#root : this.#follow(state.fallback, unit);
        child.longest = Math.max(child.longest, child.fallback.longest);
        queue.push(child);
      }
    }
  }

  #follow(from: State, unit: number): State {
    for (let state: State | undefined = from; state !== undefined; state = state.fallback) {
      const next = state.next.get(unit);
      if (next !== undefined) return next;
    }
    return this.#root;
  }
}

function newState(depth: number): State {
  return { next: new Map(), depth, fallback: undefined, longest: 0 };
}
