import * as v from "valibot";
import { ok, type Result } from "../errors/result.ts";
import { type Envelope, subjectOf } from "../events/envelope.ts";
import type { NewEvent, StoredEvent } from "../store/store.ts";
import { actionOf } from "./action.ts";
import { actorOf, actorSchema } from "./actor.ts";
import { codec } from "./codec.ts";
import { type KeptEvent, keptEventCodec } from "./event.ts";
import { envelopeVersion } from "./told-envelope.ts";

const name = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A told envelope has the version of the event in it. */
const envelopeCodec = codec({
  version: envelopeVersion,
  schema: v.strictObject({
    seq: count,
    at: v.number(),
    project: name,
    subject: v.variant("kind", [
      v.strictObject({ kind: v.literal("run"), name }),
      v.strictObject({ kind: v.literal("task"), name, run: v.string() }),
      v.strictObject({ kind: v.literal("release"), name }),
      v.strictObject({ kind: v.literal("deployment"), name, environment: v.string() }),
      v.strictObject({ kind: v.literal("environment"), name }),
    ]),
    by: v.exactOptional(actorSchema),
    event: v.record(v.string(), v.unknown()),
  }),
});

/** An envelope of an environment's events that another process told. Fails with `state-newer` or `state-damaged`. */
export function decodeEnvelope(told: unknown): Result<Envelope<KeptEvent>> {
  const envelope = envelopeCodec.decode(told, "What the agent reports");
  if (!envelope.ok) return envelope;
  const { v: version } = told as { v?: unknown };
  const event = keptEventCodec.decode({ ...envelope.value.event, v: version }, `Event ${envelope.value.seq}`);
  return event.ok ? ok({ ...envelope.value, event: event.value }) : event;
}

/** What is to be kept of something that happened; the store gives it its number. What is an action goes into the audit log with it. */
export function toNewEvent({ at, by, event }: Pick<Envelope, "at" | "by" | "event">): NewEvent {
  const action = actionOf({ at, event, ...(by && { by }) });
  return {
    at,
    subject: subjectOf(event),
    ...(by === undefined ? {} : { by }),
    event: keptEventCodec.encode(event),
    ...(action && { action }),
  };
}

/** What was kept. Fails with `state-newer` or `state-damaged`. */
export function toEnvelope(project: string, stored: StoredEvent): Result<Envelope<KeptEvent>> {
  const event = keptEventCodec.decode(stored.event, `Event ${stored.seq} of the history`);
  if (!event.ok) return event;
  const by = actorOf(stored.by);
  return ok({
    seq: stored.seq,
    at: stored.at,
    project,
    subject: subjectOf(event.value),
    ...(by === undefined ? {} : { by }),
    event: event.value,
  });
}
