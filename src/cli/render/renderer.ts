import type { Tell } from "../../events/envelope.ts";
import type { Emit } from "../../events/event.ts";

/** Turns events into something to look at. */
export interface Renderer {
  readonly emit: Emit;
  /** The same for an event that was stamped elsewhere. */
  readonly take: Tell;
  /** Says something to people that is not an event. JSON leaves it out. */
  note(line: string): void;
  /** Shows what is still held back and gives the terminal back. Idempotent. */
  close(): void;
}

/** What those that write for people are told. */
export interface HumanOptions {
  readonly now: () => number;
  /** Say in full why each task runs. */
  readonly explain?: boolean;
  /** Say nothing of cached tasks whose outputs are all in place. */
  readonly quietHits?: boolean;
}
