import type { Emit } from "../../events/event.ts";

/** Turns events into something to look at. */
export interface Renderer {
  readonly emit: Emit;
  /** Says something to people that is not an event. JSON leaves it out. */
  note(line: string): void;
  /** Shows what is still held back and gives the terminal back. Idempotent. */
  close(): void;
}
