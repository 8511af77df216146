import type { Envelope } from "../events/envelope.ts";
import type { Versioned } from "./codec.ts";

const version = 1;

/** An envelope as it is told to other programs. */
export function encodeEnvelope(envelope: Envelope): Versioned {
  return { v: version, ...envelope };
}
