import * as v from "valibot";
import { failuresSchema } from "../../errors/failure-schema.ts";
import type { Envelope } from "../../events/envelope.ts";
import type { CallEnd, Message } from "./protocol.ts";

/** Of an event only what every event has: an agent of another version does not get as far as sending one. */
const envelope = v.custom<Envelope>((value) => v.is(shape, value));

const shape = v.looseObject({
  seq: v.number(),
  at: v.number(),
  project: v.string(),
  subject: v.looseObject({ kind: v.string(), name: v.string() }),
  event: v.looseObject({ type: v.string() }),
});

const end = v.variant("ok", [
  v.object({ ok: v.literal(true) }),
  v.object({ ok: v.literal(false), failures: failuresSchema }),
]) satisfies v.GenericSchema<unknown, CallEnd>;

const message = v.union([
  v.object({ envelope }),
  v.object({ text: v.string() }),
  v.object({ bytes: v.pipe(v.string(), v.base64()) }),
  v.object({ end }),
]) satisfies v.GenericSchema<unknown, Message>;

/** A line of an agent's answer. `undefined` for one that broke off, or is not of this protocol. */
export function parseMessage(line: string): Message | undefined {
  try {
    return v.parse(message, JSON.parse(line));
  } catch {
    return undefined;
  }
}
