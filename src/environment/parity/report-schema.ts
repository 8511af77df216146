import * as v from "valibot";
import { releaseDigest } from "../../records/parts.ts";
import { dimensions } from "./report.ts";

/** The form of a report's parts where they come from a file: those of `report.ts`, and nothing else. */

const text = v.string();
const optionalText = v.exactOptional(text);

export const columnSchema = v.strictObject({
  name: text,
  basis: v.picklist(["definition", "deployed", "planned", "machine"]),
  deployment: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  release: v.exactOptional(releaseDigest),
  isPreview: v.exactOptional(v.literal(true)),
});

const unknown = v.strictObject({
  because: v.picklist([
    "secretUnreadable",
    "configInvalid",
    "notReachable",
    "notLookedAt",
    "releaseCollected",
    "driverCannotTell",
  ]),
  observable: v.boolean(),
  evidence: optionalText,
});

const cell = v.variant("state", [
  v.strictObject({
    state: v.literal("set"),
    text,
    byHand: v.exactOptional(v.literal(true)),
    expected: optionalText,
  }),
  v.strictObject({ state: v.literal("secret"), alike: v.pipe(v.number(), v.safeInteger(), v.minValue(1)) }),
  v.strictObject({ state: v.literal("absent") }),
  v.strictObject({ state: v.literal("unknown"), unknown }),
  v.strictObject({ state: v.literal("notCompared") }),
]);

const declaration = { reason: text, owner: optionalText, until: optionalText };

const allowance = v.variant("by", [
  v.strictObject({ by: v.literal("differs"), ...declaration }),
  v.strictObject({ by: v.literal("standing"), because: v.record(text, text) }),
  v.strictObject({ by: v.picklist(["own", "release", "order", "machine", "preview", "hand"]) }),
]);

const row = { dimension: v.picklist(dimensions), key: text, cells: v.array(cell) };

export const rowSchema = v.variant("verdict", [
  v.strictObject({ ...row, verdict: v.literal("equal"), shared: optionalText }),
  v.strictObject({ ...row, verdict: v.literal("declared"), allowed: allowance }),
  v.strictObject({
    ...row,
    verdict: v.literal("violation"),
    violation: v.picklist([
      "undeclared",
      "needless",
      "expired",
      "sameSecret",
      "sharedDiffers",
      "otherVersion",
      "byHand",
    ]),
    declared: v.exactOptional(v.strictObject(declaration)),
  }),
  v.strictObject({ ...row, verdict: v.literal("unknown"), unknown }),
]);
