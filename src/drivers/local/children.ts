import type { Exit } from "../driver.ts";

/** How the processes end that this very process has started; only a parent is told. */
export class Children {
  readonly #exits = new Map<string, Promise<Exit>>();

  add(nonce: string, exited: Promise<Exit>): void {
    this.#exits.set(nonce, exited);
  }

  /** Resolves when it has ended; unknown at once when it is not a child of this process. */
  async exitOf(nonce: string): Promise<Exit> {
    return (await this.#exits.get(nonce)) ?? { code: null, signal: null };
  }

  has(nonce: string): boolean {
    return this.#exits.has(nonce);
  }

  forget(nonce: string): void {
    this.#exits.delete(nonce);
  }
}
