import * as v from "valibot";
import type { Amount } from "../strategies/builders.ts";
import { isAmount } from "../strategies/rolling/steps.ts";
import { onNoEvidence } from "../strategies/step.ts";
import { allStrategies, type StrategySpec } from "../strategies/strategies.ts";
import type { OptionKind } from "../strategies/strategy.ts";
import { codec } from "./codec.ts";
import { command, deploymentKind, environmentName, index, milliseconds, name, releaseDigest, texts } from "./parts.ts";
import { resourceSpecSchema } from "./resource.ts";
import { comparing } from "./rollout.ts";
import { serviceFields } from "./service-schema.ts";

const service = v.strictObject({ ...serviceFields, name });

const optionSchemas: Readonly<Record<OptionKind, v.GenericSchema>> = {
  atLeastOneIfAny: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  amount: v.exactOptional(v.custom<Amount>(isAmount)),
  duration: milliseconds,
  percents: v.array(v.pipe(v.number(), v.gtValue(0), v.ltValue(100))),
  onNoEvidence: v.picklist(onNoEvidence),
  analysis: comparing,
};

/** Each strategy's fields, as its own folder lists them; the table holds that its spec's type has the same ones. */
const strategy = v.variant(
  "strategy",
  allStrategies().map(([name, { options }]) => {
    const fields = Object.entries<OptionKind>(options).map(([option, kind]) => [option, optionSchemas[kind]]);
    return v.strictObject({ strategy: v.literal(name), ...Object.fromEntries(fields) });
  }),
) as v.GenericSchema as v.GenericSchema<unknown, StrategySpec>;

/** The gates of the door that every deployment comes through, as its stamp names them. */
export const gates = ["config", "leaks", "admission", "parity", "rehearsal"] as const;

/** A deployment's spec as it comes to the agent and as it is stored: the fields of `DeploymentSpec`, and no others. */
export const deploymentSpecSchema = v.strictObject({
  environment: environmentName,
  release: releaseDigest,
  kind: deploymentKind,
  strategy,
  /** Whether this version has such a driver, and understands its options, is found out by who opens it. */
  driver: v.exactOptional(v.looseObject({ kind: v.string() })),
  url: v.pipe(v.string(), v.url()),
  listen: v.exactOptional(
    v.strictObject({ host: v.string(), port: v.number(), trustProxies: v.exactOptional(v.array(v.string())) }),
  ),
  services: v.array(service),
  checks: v.array(v.strictObject({ name, run: command, timeoutMs: milliseconds })),
  approval: v.exactOptional(
    v.strictObject({
      by: v.array(v.string()),
      count: v.pipe(v.number(), v.integer(), v.minValue(1)),
      notAuthor: v.boolean(),
      expiresMs: milliseconds,
    }),
  ),
  operators: v.exactOptional(v.array(v.string())),
  window: v.exactOptional(
    v.strictObject({ deny: v.array(v.strictObject({ from: v.string(), to: v.string() })), timeZone: v.string() }),
  ),
  after: v.exactOptional(environmentName),
  config: texts,
  secrets: texts,
  typed: v.exactOptional(v.array(v.string())),
  set: v.exactOptional(v.array(v.string())),
  resources: v.exactOptional(v.array(resourceSpecSchema)),
  preview: v.exactOptional(v.strictObject({ from: environmentName, off: v.array(name) })),
  irreversible: v.exactOptional(v.strictObject({ because: v.string(), services: v.array(name) })),
  rehearses: v.exactOptional(environmentName),
  protected: v.exactOptional(v.literal(true)),
  remediates: v.exactOptional(index),
  unplanned: v.exactOptional(v.literal(true)),
  overrides: v.exactOptional(v.array(v.strictObject({ gate: v.string(), reason: v.string() }))),
  retention: v.exactOptional(
    v.strictObject({ keep: v.pipe(v.number(), v.integer(), v.minValue(1)), maxAgeMs: milliseconds }),
  ),
  alerts: v.exactOptional(
    v.array(
      v.variant("kind", [
        v.strictObject({ kind: v.literal("webhook"), url: name, secret: name }),
        v.strictObject({ kind: v.literal("command"), run: v.tupleWithRest([v.string()], v.string()) }),
      ]),
    ),
  ),
  heartbeat: v.exactOptional(v.strictObject({ url: name, everyMs: milliseconds })),
  stamp: v.exactOptional(
    v.strictObject({
      definition: v.string(),
      environment: environmentName,
      release: releaseDigest,
      passed: v.array(v.picklist(gates)),
      parity: v.exactOptional(v.string()),
      authors: v.exactOptional(v.array(v.string())),
      at: milliseconds,
    }),
  ),
});

/** 0: before there were versions; as 1. */
export const deploymentSpecCodec = codec({ version: 1, schema: deploymentSpecSchema });
