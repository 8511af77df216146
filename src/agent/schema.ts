import * as v from "valibot";
import type { DriverSpec } from "../drivers/driver-kind.ts";
import { isDriverSpec } from "../drivers/registry.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { serviceFields } from "../records/service-schema.ts";
import type { DeployCall, EnvironmentCall, LogsCall, RollbackCall } from "./protocol.ts";

/** Environment names become names of folders: nothing that leads out of one. */
const environment = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/));
const release = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const name = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/));
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const command = v.union([v.string(), v.custom<readonly [string, ...string[]]>(isWords)]);
/** Not `v.record`: it leaves out keys like `constructor`, which are names of variables like any other. */
const texts = v.pipe(
  v.custom<Readonly<Record<string, string>>>(isRecord),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [key, value] of Object.entries<unknown>(dataset.value)) {
      const path = [{ type: "object", origin: "value", input: dataset.value, key, value }] as const;
      if (typeof value !== "string")
        addIssue({ expected: "string", received: typeof value, message: "not a text", path: [...path] });
    }
  }),
);
const service = v.strictObject({ ...serviceFields, name });

const strategy = v.variant("strategy", [
  v.strictObject({ strategy: v.literal("rolling"), batch: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  v.strictObject({ strategy: v.literal("recreate") }),
  v.strictObject({ strategy: v.literal("switch") }),
]);

const deploymentSpec = v.strictObject({
  environment,
  release,
  kind: v.picklist(["deploy", "promote", "rollback"]),
  strategy,
  driver: v.exactOptional(v.custom<DriverSpec>(isDriverSpec)),
  url: v.pipe(v.string(), v.url()),
  services: v.array(service),
  checks: v.array(v.strictObject({ name, run: command, timeoutMs: milliseconds })),
  after: v.exactOptional(environment),
  config: texts,
  secrets: texts,
  typed: v.exactOptional(v.array(v.string())),
  set: v.exactOptional(v.array(v.string())),
}) satisfies v.GenericSchema<unknown, DeploymentSpec>;

export const environmentCall = v.strictObject({ environment }) satisfies v.GenericSchema<unknown, EnvironmentCall>;

export const deployCall = v.strictObject({
  spec: deploymentSpec,
  secrets: texts,
  wait: v.boolean(),
}) satisfies v.GenericSchema<unknown, DeployCall>;

export const rollbackCall = v.strictObject({
  environment,
  release: v.exactOptional(v.pipe(v.string(), v.regex(/^(sha256:)?[0-9a-f]{1,64}$/))),
  reason: v.exactOptional(v.string()),
  wait: v.boolean(),
}) satisfies v.GenericSchema<unknown, RollbackCall>;

export const logsCall = v.strictObject({
  environment,
  only: v.exactOptional(v.string()),
  lines: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
  follow: v.boolean(),
}) satisfies v.GenericSchema<unknown, LogsCall>;

export const emptyCall = v.strictObject({});

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string");
}
