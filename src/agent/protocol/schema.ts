import * as v from "valibot";
import { deploymentSpecSchema } from "../../records/deployment-spec.ts";
import { environmentName as environment, index, milliseconds, name, texts } from "../../records/parts.ts";
import { environmentAboutSchema } from "../../records/resource.ts";
import { serviceUses } from "../../records/service-schema.ts";
import { Secret, type Secrets } from "../../secrets/secret.ts";
import type {
  AcknowledgeCall,
  ApproveCall,
  BackupCall,
  ConnectionsCall,
  CreateCall,
  DeployCall,
  EnvironmentCall,
  LogsCall,
  MendCall,
  RehearseCall,
  RestoreCall,
  RollbackCall,
  SeededCall,
  SteerCall,
} from "./protocol.ts";

export const environmentCall = v.strictObject({ environment }) satisfies v.GenericSchema<unknown, EnvironmentCall>;

/** From here on they are secrets again. */
const secrets = v.pipe(
  texts,
  v.transform((values): Secrets => new Map(Object.entries(values).map(([key, value]) => [key, new Secret(value)]))),
);

export const deployCall = v.strictObject({
  spec: deploymentSpecSchema,
  secrets,
  wait: v.boolean(),
  until: v.exactOptional(v.picklist(["served", "ended"])),
  rest: v.exactOptional(v.array(environment)),
}) satisfies v.GenericSchema<unknown, DeployCall>;

export const steerCall = v.strictObject({
  environment,
  what: v.picklist(["pause", "resume", "promote"]),
  reason: v.exactOptional(v.string()),
  of: v.exactOptional(v.strictObject({ deployment: index, step: index })),
}) satisfies v.GenericSchema<unknown, SteerCall>;

export const acknowledgeCall = v.strictObject({
  environment,
  deployment: index,
  reason: v.exactOptional(v.string()),
}) satisfies v.GenericSchema<unknown, AcknowledgeCall>;

export const approveCall = v.strictObject({
  environment,
  deployment: index,
  verdict: v.picklist(["approve", "reject"]),
  plan: v.string(),
  reason: v.exactOptional(v.string()),
  secrets,
}) satisfies v.GenericSchema<unknown, ApproveCall>;

export const rollbackCall = v.strictObject({
  environment,
  release: v.exactOptional(v.pipe(v.string(), v.regex(/^(sha256:)?[0-9a-f]{1,64}$/))),
  reason: v.exactOptional(v.string()),
  wait: v.boolean(),
}) satisfies v.GenericSchema<unknown, RollbackCall>;

export const mendCall = v.strictObject({
  environment,
  except: v.array(v.string()),
  mayBeEmpty: v.exactOptional(v.boolean()),
}) satisfies v.GenericSchema<unknown, MendCall>;

export const backupCall = v.strictObject({
  environment,
  resource: v.exactOptional(name),
}) satisfies v.GenericSchema<unknown, BackupCall>;

export const restoreCall = v.strictObject({
  environment,
  resource: v.exactOptional(name),
  at: v.exactOptional(index),
}) satisfies v.GenericSchema<unknown, RestoreCall>;

export const createCall = v.strictObject({
  environment,
  about: environmentAboutSchema,
  secrets,
  max: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
}) satisfies v.GenericSchema<unknown, CreateCall>;

export const rehearseCall = v.strictObject({
  environment,
  rehearsal: environment,
  about: environmentAboutSchema,
  old: deploymentSpecSchema,
  new: deploymentSpecSchema,
  secrets,
  standIns: v.array(v.string()),
  leftOut: v.array(v.string()),
  key: v.string(),
}) satisfies v.GenericSchema<unknown, RehearseCall>;

export const seededCall = v.strictObject({ environment, createdAt: milliseconds }) satisfies v.GenericSchema<
  unknown,
  SeededCall
>;

export const connectionsCall = v.strictObject({
  environment,
  uses: serviceUses,
  secrets,
}) satisfies v.GenericSchema<unknown, ConnectionsCall>;

export const logsCall = v.strictObject({
  environment,
  only: v.exactOptional(v.string()),
  lines: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)),
  follow: v.boolean(),
}) satisfies v.GenericSchema<unknown, LogsCall>;

export const emptyCall = v.strictObject({});
