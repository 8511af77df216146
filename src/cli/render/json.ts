import type { Failure } from "../../errors/failure.ts";
import type { Envelope, Stamp } from "../../events/envelope.ts";
import type { Event } from "../../events/event.ts";
import { encodeEnvelope } from "../../records/told-envelope.ts";

export { encodeEnvelope };

import type { Writer } from "../writer.ts";
import type { Renderer } from "./renderer.ts";

/** A failure that ended the call, as a line of `--json`. */
export function failureRecord(
  failure: Failure,
  at: number,
): Failure & { readonly type: "failure"; readonly at: number } {
  return { type: "failure", at, ...failure };
}

/** One envelope per line: events of this process are stamped here. */
export function jsonRenderer(out: Writer, stamp: Stamp): Renderer {
  const take = (envelope: Envelope) => out.write(`${JSON.stringify(encodeEnvelope(envelope))}\n`);
  return {
    emit: (event: Event) => take(stamp.stamp(event)),
    take,
    note: () => undefined,
    close: () => undefined,
  };
}
