import type { Failure } from "../../errors/failure.ts";
import type { Event } from "../../events/event.ts";
import type { Writer } from "../writer.ts";
import type { Renderer } from "./renderer.ts";

/** A failure that ended the call, as a line of `--json`. */
export function failureRecord(
  failure: Failure,
  at: number,
): Failure & { readonly type: "failure"; readonly at: number } {
  return { type: "failure", at, ...failure };
}

/** One recorded event per line. */
export function jsonRenderer(out: Writer, now: () => number): Renderer {
  return {
    emit: (event: Event) => out.write(`${JSON.stringify({ ...event, at: now() })}\n`),
    note: () => undefined,
    close: () => undefined,
  };
}
