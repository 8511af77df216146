import type { Envelope } from "../events/envelope.ts";
import type { Versioned } from "./codec.ts";

/** Of envelopes as they are told. */
export const envelopeVersion = 1;

/**
 * An envelope as it is told to other programs: a line of `--json`, and of what the agent answers. Beside its codec, which
 * needs schemas: every call of the command line can write envelopes, and few read any.
 */
export function encodeEnvelope(envelope: Envelope): Versioned {
  return { v: envelopeVersion, ...envelope };
}
