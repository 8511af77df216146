import * as v from "valibot";
import { type Actor, longestName } from "../events/actor.ts";

const text = v.pipe(v.string(), v.maxLength(longestName));

/** Who asked, as it comes with a call and as it is stored. */
export const actorSchema = v.strictObject({
  user: text,
  host: text,
  git: v.exactOptional(v.strictObject({ name: v.exactOptional(text), email: v.exactOptional(text) })),
  via: v.picklist(["cli", "agent"]),
}) satisfies v.GenericSchema<unknown, Actor>;

/** Of a stored record. One that is not understood does not make the record useless: it is then not known who asked. */
export function actorOf(stored: unknown): Actor | undefined {
  const read = v.safeParse(actorSchema, stored);
  return read.success ? read.output : undefined;
}
