import * as v from "valibot";
import { codec } from "./codec.ts";
import { command, deploymentKind, environmentName, milliseconds, name, releaseDigest, texts } from "./parts.ts";

const path = v.custom<`/${string}`>((value) => typeof value === "string" && value.startsWith("/"));

const service = v.strictObject({
  name,
  run: command,
  health: v.exactOptional(v.string()),
  healthTimeoutMs: milliseconds,
  graceMs: milliseconds,
  migrate: v.exactOptional(command),
  route: v.union([path, v.literal(false)]),
  replicas: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000)),
  configFile: v.exactOptional(v.picklist(["besides", "only"])),
});

const strategy = v.variant("strategy", [
  v.strictObject({ strategy: v.literal("rolling"), batch: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
  v.strictObject({ strategy: v.literal("recreate") }),
  v.strictObject({ strategy: v.literal("switch") }),
]);

/** A deployment's spec as it comes to the agent and as it is stored: the fields of `DeploymentSpec`, and no others. */
export const deploymentSpecSchema = v.strictObject({
  environment: environmentName,
  release: releaseDigest,
  kind: deploymentKind,
  strategy,
  url: v.pipe(v.string(), v.url()),
  services: v.array(service),
  checks: v.array(v.strictObject({ name, run: command, timeoutMs: milliseconds })),
  after: v.exactOptional(environmentName),
  config: texts,
  secrets: texts,
  typed: v.exactOptional(v.array(v.string())),
  set: v.exactOptional(v.array(v.string())),
});

/** 0: before there were versions; as 1. */
export const deploymentSpecCodec = codec({ version: 1, schema: deploymentSpecSchema });
