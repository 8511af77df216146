import { basename } from "node:path";
import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import type { BackupSpec, ResourceSpec } from "../../records/resource.ts";
import { kindOf, wantedVersion } from "../../resources/kinds.ts";
import { optionKind } from "../../strategies/strategies.ts";
import type { DeploymentSpec, ServiceSpec } from "../spec.ts";
import { driverOf } from "../spec.ts";
import { type Fact, type Held, known } from "./facts.ts";

/** The facts that stand in the spec of a deployment, whether it was made or not. Its release is none of them. */
export function specFacts(spec: DeploymentSpec): Fact[] {
  return [
    ...configFacts(spec),
    ...spec.services.flatMap(serviceFacts),
    ...(spec.resources ?? []).flatMap(resourceFacts),
    strategyFact(spec.strategy),
    ...spec.checks.map(({ name, run, timeoutMs }) => known("gates", name, phrase(commandText(run), { timeoutMs }))),
    ...(spec.approval === undefined ? [] : [known("gates", "approval", phrase("", spec.approval))]),
    ...(spec.window === undefined ? [] : [known("gates", "window", phrase("", spec.window))]),
    known("place", "driver", phrase(driverOf(spec).kind, driverOf(spec), ["kind"])),
    known("place", "url", spec.url),
    ...(spec.listen === undefined ? [] : [known("place", "listen", phrase("", spec.listen))]),
    ...(spec.after === undefined ? [] : [known("place", "after", spec.after)]),
  ];
}

function strategyFact(spec: DeploymentSpec["strategy"]): Fact {
  const options = Object.entries(spec).map(([name, value]): [string, unknown] => {
    return [optionKind(spec.strategy, name) === "duration" ? `${name}Ms` : name, value];
  });
  return known("strategy", "strategy", phrase(spec.strategy, Object.fromEntries(options), ["strategy"]));
}

function configFacts({ config, secrets, set = [] }: DeploymentSpec): Fact[] {
  const byHand = new Set(set);
  const held = (key: string, text: string): Held => ({ is: "text", text, ...(byHand.has(key) && { byHand: true }) });
  return [
    ...Object.entries(config).map(([key, text]): Fact => ({ dimension: "config", key, held: held(key, text) })),
    ...Object.entries(secrets).map(([key, digest]): Fact => {
      return { dimension: "secrets", key, held: { is: "secret", digest } };
    }),
  ];
}

function serviceFacts(service: ServiceSpec): Fact[] {
  const { name, run, migrate, health, healthTimeoutMs, migrateTimeoutMs, replicas, limits = {}, ...rest } = service;
  const { route, ...others } = rest;
  return [
    known("services", name, phrase(route === false ? "no requests" : `route ${route}`, others)),
    known("commands", `${name} run`, commandText(run)),
    ...(migrate === undefined
      ? []
      : [known("commands", `${name} migrate`, phrase(commandText(migrate), { migrateTimeoutMs }))]),
    known("health", name, phrase(health ?? "its port accepts connections", { healthTimeoutMs })),
    known("replicas", name, String(replicas)),
    ...(limits.memoryBytes === undefined ? [] : [known("limits", `${name} memory`, `${limits.memoryBytes / 1e6}MB`)]),
    ...(limits.cpu === undefined ? [] : [known("limits", `${name} cpu`, String(limits.cpu))]),
  ];
}

function resourceFacts(spec: ResourceSpec): Fact[] {
  const { word, options } = kindOf(spec).told(spec);
  const version = wantedVersion(spec);
  return [
    known("resources", spec.name, phrase(word, options)),
    ...(version === undefined ? [] : [known("resources", `${spec.name} version`, version)]),
    ...("backup" in spec ? [known("resources", `${spec.name} backup`, backupText(spec.backup))] : []),
  ];
}

/** Where the checkout lies makes no difference. */
function backupText({ to, ...rest }: BackupSpec): string {
  return phrase("", { ...rest, ...(to !== undefined && { to: basename(to) }) });
}

function commandText(command: string | readonly string[]): string {
  return typeof command === "string" ? command : JSON.stringify(command);
}

/** A word and its options, the same for the same ones: `rolling, batch 1`. */
function phrase(word: string, options: object = {}, without: readonly string[] = []): string {
  const entries = Object.entries(options).filter(([name, value]) => value !== undefined && !without.includes(name));
  const words = entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => optionWords(name, value));
  return [...(word === "" ? [] : [word]), ...words].join(", ");
}

/** Times as the definition has them: `timeoutMs` of 60 000 is its `timeout` of "1m". */
function optionWords(name: string, value: unknown): string {
  if (typeof value === "number" && name.endsWith("Ms")) return `${name.slice(0, -2)} ${durationText(value)}`;
  return `${name} ${optionText(value)}`;
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** In the largest unit of which it is a whole number: nothing is rounded. */
function durationText(ms: number): string {
  const [unit, size] = units.find(([, one]) => ms > 0 && ms % one === 0) ?? (["ms", 1] as const);
  return `${ms / size}${unit}`;
}

function optionText(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value as JsonValue);
}
