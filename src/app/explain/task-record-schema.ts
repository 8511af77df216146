import * as v from "valibot";

/**
 * A task in the record of a run, as far as an explanation reads it. The file may be damaged, edited, or of another
 * version; what is in it besides is passed on.
 */
const text = v.string();
const number = v.number();
const list = v.array(text);
const optional = v.optional;

const unmet = v.looseObject({
  condition: v.picklist(["branch", "changed", "equals", "isSet", "installed"]),
  negated: v.boolean(),
  variable: optional(text),
  wanted: list,
  found: optional(text),
});

const skipReason = v.variant("reason", [
  v.looseObject({ reason: v.picklist(["needFailed", "needSkipped"]), need: text }),
  v.looseObject({ reason: v.literal("cancelled") }),
  v.looseObject({ reason: v.literal("condition"), unmet: v.array(unmet) }),
  v.looseObject({ reason: v.literal("unaffected"), run: text }),
]);

const runReason = v.variant("reason", [
  v.looseObject({ reason: v.picklist(["forced", "firstTime"]) }),
  v.looseObject({ reason: v.literal("notCacheable"), because: v.picklist(["noInputs", "cacheOff"]) }),
  v.looseObject({
    reason: v.literal("noResult"),
    because: v.picklist(["failed", "cancelled", "notStored", "gone"]),
    run: optional(text),
    detail: optional(text),
  }),
  v.looseObject({
    reason: v.literal("changed"),
    part: text,
    before: optional(text),
    after: optional(text),
    others: number,
  }),
  v.looseObject({ reason: v.literal("damagedEntry"), part: text }),
]);

const selection = v.variant("reason", [
  v.looseObject({ reason: v.literal("named") }),
  v.looseObject({ reason: v.literal("filter"), filter: text }),
  v.looseObject({ reason: v.literal("changedFile"), file: text }),
  v.looseObject({ reason: v.literal("needAffected"), need: text }),
  v.looseObject({ reason: v.picklist(["neededBy", "cleansUp"]), task: text }),
]);

const cacheDecision = v.variant("stored", [
  v.looseObject({ stored: v.literal(true), fingerprint: text }),
  v.looseObject({
    stored: v.literal(false),
    because: v.picklist(["failed", "cancelled", "noInputs", "cacheOff", "inputsChanged", "storeFailed"]),
    detail: optional(text),
  }),
]);

const result = v.variant("result", [
  v.looseObject({ result: v.literal("open") }),
  v.looseObject({ result: v.literal("hit"), restored: number, savedMs: number }),
  v.looseObject({ result: v.literal("skipped"), because: skipReason }),
  v.looseObject({
    result: v.picklist(["succeeded", "failed", "cancelled"]),
    reason: runReason,
    durationMs: number,
    attempts: number,
    cache: cacheDecision,
    failures: v.array(v.looseObject({ code: text, message: text })),
  }),
]);

const held = v.looseObject({ test: text, owner: text, until: text });
const share = v.looseObject({ covered: number, total: number });

export const taskRecordSchema = v.looseObject({
  fingerprint: optional(text),
  result,
  selected: optional(selection),
  queued: optional(v.looseObject({ group: text, limit: number })),
  tests: optional(
    v.looseObject({
      passed: number,
      failed: number,
      skipped: number,
      flaky: optional(number),
      quarantined: optional(number),
    }),
  ),
  coverage: optional(v.looseObject({ lines: share, branches: share, functions: share })),
  quarantine: optional(
    v.looseObject({
      held: v.array(held),
      expired: v.array(held),
      unneeded: v.array(v.looseObject({ ...held.entries, because: text })),
    }),
  ),
});
