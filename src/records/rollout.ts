import * as v from "valibot";
import { failureSchema } from "../errors/failure-schema.ts";
import { codec } from "./codec.ts";
import { direction, index, member, members } from "./parts.ts";

/** What an environment should run, and who of it gets requests. 0: as 1. */
export const fleetCodec = codec({ version: 1, schema: v.strictObject({ members, routed: members }) });

const step = v.variant("kind", [
  v.strictObject({ kind: v.literal("migrate"), service: v.string(), deployment: index }),
  v.strictObject({ kind: v.literal("start"), members }),
  v.strictObject({ kind: v.literal("check"), name: v.string(), against: member }),
  v.strictObject({ kind: v.literal("route"), members }),
  v.strictObject({ kind: v.literal("drain"), members }),
  v.strictObject({ kind: v.literal("stop"), members }),
]);

const plan = v.strictObject({
  deployment: index,
  release: v.string(),
  before: members,
  after: members,
  steps: v.array(step),
});

const failures = v.array(failureSchema);

/**
 * An entry of a deployment's journal. The plan stands in the first one, and has its version from it: a plan that means
 * something else is a journal that means something else. 0: as 1.
 */
export const journalEventCodec = codec({
  version: 1,
  schema: v.variant("type", [
    v.strictObject({ type: v.literal("begun"), plan }),
    v.strictObject({ type: v.literal("stepDone"), direction, step: index, left: v.exactOptional(index) }),
    v.strictObject({ type: v.literal("stepFailed"), direction, step: index, failures }),
    v.strictObject({ type: v.literal("memberLost"), member: v.string(), failures }),
    v.strictObject({ type: v.literal("abortRequested"), failures }),
    v.strictObject({ type: v.literal("resumed") }),
  ]),
});
