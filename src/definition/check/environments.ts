import { driverKind, driverNames } from "../../drivers/registry.ts";
import { allStrategies } from "../../strategies/strategies.ts";
import type { OptionKind } from "../../strategies/strategy.ts";
import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import type { DriverChoice } from "../types.ts";
import { afterProblems } from "./after.ts";
import { atLeastOne, command, differingCount, duration, isHostLabel, isKind, isObject, simpleName } from "./leaves.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const kind = value(() => true, "kind");
const gate = shape({ kind, gate: kind, name: simpleName, run: command, timeout: optional(duration) });
const isGate = value((input) => isKind(input, "gate"), "a gate", 'Write `check("name", "command")`.');

const environmentShape = shape({
  driver: value((input) => isKind(input, "driver"), "a driver", "Write `driver: local()`."),
  strategy: value((input) => isKind(input, "strategy"), "a strategy", "Write `strategy: rolling()`."),
  after: optional(value((input) => typeof input === "string", "the name of another environment")),
  gates: optional(listOf(isGate, "gates")),
  replicas: optional(value(isObject, "an object with the names of services")),
  config: optional(value(isObject, "an object with the keys that are declared differs(…)")),
});

const httpUrl = value(isEnvironmentUrl, "an address like http://shop.localhost:8080");

/** What builders made, by the name that each gave itself. */
interface Known {
  readonly names: readonly string[];
  readonly checkOf: (name: string) => Check | undefined;
}

const drivers: Known = { names: driverNames(), checkOf: driverCheck };
const strategyChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  allStrategies().flatMap(([name, { isChoice, options }]) =>
    isChoice ? [[name, shape({ kind, strategy: kind, ...strategyOptions(options) })]] : [],
  ),
);
const strategies: Known = {
  names: Object.keys(strategyChecks),
  checkOf: (name) => (Object.hasOwn(strategyChecks, name) ? strategyChecks[name] : undefined),
};

function driverCheck(name: string): Check | undefined {
  const known = driverKind(name);
  if (known === undefined) return undefined;
  const options = Object.entries(known.options).map(
    ([option, { isRight, expected }]) => [option, optional(value(isRight, expected))] as const,
  );
  return shape({ ...Object.fromEntries(options), kind, driver: kind, url: optional(httpUrl) });
}

function strategyOptions(options: Readonly<Record<string, OptionKind>>): Record<string, Check> {
  const checks: Readonly<Record<OptionKind, Check>> = { atLeastOne };
  return Object.fromEntries(Object.entries(options).map(([name, kind]) => [name, optional(checks[kind])]));
}

export function environmentProblems(environments: unknown, services: unknown): Problem[] {
  if (!isObject(environments)) return [];
  const known = isObject(services) ? Object.keys(services) : [];
  return [
    ...Object.entries(environments).flatMap(([name, environment]) => oneEnvironment(name, environment, known)),
    ...afterProblems(environments),
    ...sharedUrls(environments),
  ];
}

function oneEnvironment(name: string, environment: unknown, services: readonly string[]): Problem[] {
  const path = ["environments", name];
  const subject = `Environment "${name}"`;
  const problems = [
    ...(isHostLabel(name) ? [] : [badName(path, name)]),
    ...shapeProblems(environmentShape, environment, path, subject),
  ];
  if (!isObject(environment)) return problems;
  const { driver, strategy, gates, replicas } = environment;
  return [
    ...problems,
    ...chosen(drivers, "driver", driver, [...path, "driver"], subject),
    ...chosen(strategies, "strategy", strategy, [...path, "strategy"], subject),
    ...(Array.isArray(gates) ? gateProblems(gates, [...path, "gates"], subject) : []),
    ...(isObject(replicas) ? replicaProblems(replicas, services, [...path, "replicas"], subject) : []),
  ];
}

function chosen(
  { names, checkOf }: Known,
  what: "driver" | "strategy",
  input: unknown,
  path: Problem["path"],
  subject: string,
) {
  if (!isObject(input) || input.kind !== what) return [];
  const name = String(input[what]);
  const own = checkOf(name);
  if (own !== undefined) return shapeProblems(own, input, path, `${subject}: ${what}`);
  const message = `${subject}: this Tidegate has no ${what} "${name}"`;
  const hint = `It has ${names.join(", ")}.`;
  return [{ code: "invalid-definition", path, message, hint } as const];
}

function gateProblems(gates: readonly unknown[], path: Problem["path"], subject: string): Problem[] {
  const names = new Set<unknown>();
  return gates.flatMap((item, index) => {
    if (!isObject(item) || item.kind !== "gate") return [];
    const here = [...path, index];
    if (names.has(item.name)) return [sameGate(String(item.name), [...here, "name"], subject)];
    names.add(item.name);
    return shapeProblems(gate, item, here, `${subject}: gate ${index + 1}`);
  });
}

function replicaProblems(
  replicas: Readonly<Record<string, unknown>>,
  services: readonly string[],
  path: Problem["path"],
  subject: string,
): Problem[] {
  return Object.entries(replicas).flatMap(([name, replica]) => {
    const here = [...path, name];
    if (!services.includes(name)) return [unknownService(name, services, here, subject)];
    if (replica === undefined) return [];
    if (isKind(replica, "differs"))
      return shapeProblems(differingCount, replica, here, `${subject}: replicas of "${name}"`);
    return [undeclared(name, replica, here, subject)];
  });
}

/** Two environments at one address; the gateway could not tell their requests apart. */
function sharedUrls(environments: Readonly<Record<string, unknown>>): Problem[] {
  const taken = new Map<string, string>();
  return Object.entries(environments).flatMap(([name, environment]) => {
    if (!isObject(environment) || !isKind(environment.driver, "driver")) return [];
    const driver = environment.driver as DriverChoice;
    const url = environmentUrl(name, driver);
    if (!isEnvironmentUrl(url)) return [];
    const { origin } = new URL(url);
    const other = taken.get(origin);
    if (other === undefined) taken.set(origin, name);
    if (other === undefined) return [];
    const path = ["environments", name, "driver", ...(driver.url === undefined ? [] : ["url"])];
    const message = `Environments "${other}" and "${name}" both answer at ${origin}`;
    return [{ code: "invalid-definition", path, message, hint: "Give one of them another host or port." } as const];
  });
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of an environment`;
  const hint = "Use lower-case letters, digits and dashes, beginning with a letter: it becomes part of a host name.";
  return { code: "invalid-definition", path, at: "key", message, hint };
}

function sameGate(name: string, path: Problem["path"], subject: string): Problem {
  const message = `${subject} has two gates "${name}"`;
  return { code: "invalid-definition", path, message, hint: "Give each gate of an environment its own name." };
}

function unknownService(name: string, services: readonly string[], path: Problem["path"], subject: string): Problem {
  const meant = nearest(name, services);
  const hint = meant === undefined ? `Services: ${services.join(", ") || "none"}.` : `Did you mean "${meant}"?`;
  return { code: "unknown-service", path, at: "key", message: `${subject}: there is no service "${name}"`, hint };
}

function undeclared(name: string, replica: unknown, path: Problem["path"], subject: string): Problem {
  const shown = typeof replica === "number" ? replica : 3;
  const message = `${subject}: replicas of "${name}" must be made by differs(…)`;
  return { code: "invalid-definition", path, message, hint: `Write \`differs(${shown}, "why it differs")\`.` };
}

/** Where an environment answers: what its driver was given, or `http://<environment>.localhost:8080`. */
export function environmentUrl(name: string, driver: DriverChoice): string {
  return driver.url ?? `http://${name}.localhost:8080`;
}

/** Whether it can be an environment's address: `http://host` or `http://host:port` and nothing more. */
function isEnvironmentUrl(input: unknown): input is string {
  if (typeof input !== "string" || !URL.canParse(input)) return false;
  const url = new URL(input);
  return url.protocol === "http:" && `${url.origin}/` === url.href && url.port !== "0";
}
