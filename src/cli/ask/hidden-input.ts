const pasteBegins = "\u001b[200~";
const pasteEnds = "\u001b[201~";

/** Whether more keys are wanted. */
export type HiddenState = "open" | "done" | "interrupted";

/**
 * What somebody types unseen, key by key: backspace, Ctrl-U (all of it again), Enter, Ctrl-D (the end), Ctrl-C. What is pasted is taken
 * whole, lines too, where the terminal brackets it.
 */
export class HiddenInput {
  #value = "";
  #keys = "";

  get value(): string {
    return this.#value;
  }

  push(keys: string): HiddenState {
    this.#keys += keys;
    while (this.#keys !== "" && !this.#isWaiting()) {
      const state = this.#keys.startsWith(pasteBegins) ? this.#paste() : this.#key();
      if (state !== "open") return state;
    }
    return "open";
  }

  /** The rest of a paste, or of what begins one, is still to come. */
  #isWaiting(): boolean {
    const isPasteOpen = this.#keys.startsWith(pasteBegins) && !this.#keys.includes(pasteEnds);
    return isPasteOpen || (this.#keys !== "" && this.#keys !== "\u001b" && pasteBegins.startsWith(this.#keys));
  }

  #paste(): HiddenState {
    const end = this.#keys.indexOf(pasteEnds);
    this.#value += this.#keys.slice(pasteBegins.length, end).replaceAll(/\r\n?/g, "\n");
    this.#keys = this.#keys.slice(end + pasteEnds.length);
    return "open";
  }

  #key(): HiddenState {
    const [key = ""] = this.#keys;
    this.#keys = this.#keys.slice(key.length);
    switch (key) {
      case "\r":
      case "\n":
        return "done";
      case "\u0003":
        return "interrupted";
      case "\u0004":
        return this.#value === "" ? "interrupted" : "done";
      case "\u007f":
      case "\b":
        this.#value = [...this.#value].slice(0, -1).join("");
        return "open";
      case "\u0015":
        this.#value = "";
        return "open";
      default:
        this.#value += key;
        return "open";
    }
  }
}
