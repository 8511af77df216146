import * as v from "valibot";
import { declaredEnvironment, declaredKey, declaredObjectives, declaredTask } from "./facts/declared.ts";
import {
  doraSchema,
  measure,
  measuredEnvironment,
  measuredReleases,
  measuredRuns,
  measuredTask,
} from "./facts/measured.ts";
import { observedRenewal, observedSecretsFile } from "./facts/observed.ts";
import { schemaIds } from "./names.ts";

const text = v.string();
const texts = v.array(text);
const day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** See `Source`: every statement of a plan has one. */
export const source = v.variant("kind", [
  v.strictObject({ kind: v.literal("declared"), key: text, isDefault: v.exactOptional(v.literal(true)) }),
  v.strictObject({ kind: v.literal("measured"), at: v.exactOptional(day), times: v.exactOptional(count) }),
  v.strictObject({ kind: v.literal("observed"), at: v.exactOptional(day) }),
  v.strictObject({ kind: v.literal("written"), region: text }),
]);

/** Done by Tidegate, by a person, or not there yet. */
export const mode = v.picklist(["automated", "manual", "planned"]);
const item = { what: text, mode, source };
/** What a person wrote: anything, by whatever name. It survives. */
const notes = v.record(text, v.unknown());

const { key: _task, ...taskFields } = declaredTask.entries;
const { key: _environment, strategy, gates, ...environmentFields } = declaredEnvironment.entries;
const { key: _gate, ...gateFields } = gates.item.entries;
const { key: _key, values, ...keyFields } = declaredKey.entries;
const { key: _value, ...valueFields } = values.item.entries;

const doorGate = v.strictObject({ name: text, mode, source });
const ownGate = v.strictObject({ ...gateFields, mode, source });

export const automationPlanSchema = v.strictObject({
  $schema: v.literal(schemaIds["CICD_Automation_Plan.json"]),
  project: text,
  gathered: day,
  triggers: v.array(v.strictObject({ ...item, command: v.exactOptional(text) })),
  stages: v.array(v.strictObject({ name: text, tasks: texts, source })),
  tasks: v.array(
    v.strictObject({
      ...taskFields,
      mode,
      source,
      measured: v.strictObject({ ...v.partial(measuredTask).entries, source }),
    }),
  ),
  environments: v.array(
    v.strictObject({
      ...environmentFields,
      source,
      strategy: v.strictObject({ ...strategy.entries, source }),
      gates: v.array(v.union([doorGate, ownGate])),
      measured: v.strictObject({ ...v.partial(measuredEnvironment).entries, source }),
    }),
  ),
  rollback: v.array(
    v.strictObject({
      environment: text,
      command: text,
      mode,
      byItself: text,
      targetMs: v.nullable(v.number()),
      p50: v.nullable(measure),
      p99: v.nullable(measure),
      last: text,
      rehearsed: text,
      source,
      measured: source,
    }),
  ),
  notifications: v.array(v.strictObject(item)),
  schedules: v.array(v.strictObject({ ...item, everyMs: v.exactOptional(v.number()) })),
  targets: v.strictObject({ ...declaredObjectives.entries, source }),
  measured: v.strictObject({ runs: v.nullable(measuredRuns), releases: v.nullable(measuredReleases), source }),
  dora: v.union([v.strictObject({ ...doraSchema.entries, source }), v.strictObject({ state: text, source })]),
  risks: v.array(v.strictObject({ rule: text, risk: text, where: text, mend: text, source })),
  notYet: texts,
  notes,
});

export type AutomationPlan = v.InferOutput<typeof automationPlanSchema>;

export const configurationPlanSchema = v.strictObject({
  $schema: v.literal(schemaIds["Configuration_Management_Plan.json"]),
  project: text,
  gathered: day,
  environments: texts,
  keys: v.array(
    v.strictObject({
      ...keyFields,
      isSecret: v.boolean(),
      source,
      values: v.array(v.strictObject({ ...valueFields, source })),
      writtenIn: text,
      mayChange: text,
      usedBy: texts,
      /** `commit`: the command that finds it in any clone. */
      lastChange: v.strictObject({ at: v.exactOptional(day), commit: text, source }),
    }),
  ),
  secretsFiles: v.array(v.strictObject({ ...observedSecretsFile.entries, source })),
  signers: v.strictObject({ names: texts, source }),
  renewals: v.array(v.strictObject({ ...observedRenewal.entries, source })),
  layers: v.array(v.strictObject({ layer: text, what: text, writtenIn: text, source })),
  changeControl: v.array(v.strictObject({ step: text, mode, source })),
  audit: v.array(v.strictObject({ what: text, where: text, source })),
  notYet: texts,
  notes,
});

export type ConfigurationPlan = v.InferOutput<typeof configurationPlanSchema>;
