import { driverKind, driverNames } from "../../drivers/registry.ts";
import { isNetwork } from "../../gateway/networks.ts";
import { isAmount } from "../../strategies/rolling/steps.ts";
import { onNoEvidence } from "../../strategies/step.ts";
import { allStrategies } from "../../strategies/strategies.ts";
import type { Contradiction, OptionKind } from "../../strategies/strategy.ts";
import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import type { DriverChoice } from "../types.ts";
import { environmentListen, environmentUrl, parseListen } from "../where.ts";
import { afterProblems } from "./after.ts";
import { gateProblems, isGate } from "./gates.ts";
import { knownDriftProblems } from "./known-drift.ts";
import {
  atLeastOne,
  count,
  differing,
  duration,
  isBetween,
  isHostLabel,
  isKind,
  isObject,
  risingPercents,
  text,
  yesOrNo,
} from "./leaves.ts";
import { limits as limitsShape, substituteProblems } from "./resources.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const kind = value(() => true, "kind");
const because = optional(text);
const knownExample = 'Write `known("environment.web.LEVEL", "why", { until: "2027-03-01" })`.';

const isKnownDrift = value((input) => isKind(input, "knownDrift"), "a known exception", knownExample);

const environmentShape = shape({
  purpose: optional(text),
  driver: value((input) => isKind(input, "driver"), "a driver", "Write `driver: local()`."),
  strategy: value((input) => isKind(input, "strategy"), "a strategy", "Write `strategy: rolling()`."),
  after: optional(value((input) => typeof input === "string", "the name of another environment")),
  gates: optional(listOf(isGate, "gates")),
  access: optional(value(isObject, "an object with approvers and operators")),
  replicas: optional(value(isObject, "an object whose keys are names of services")),
  limits: optional(value(isObject, "an object whose keys are names of services")),
  resources: optional(value(isObject, "an object whose keys are names of resources")),
  protected: optional(yesOrNo),
  drift: optional(listOf(isKnownDrift, "exceptions")),
  config: optional(value(isObject, "an object with the keys declared differs(…)")),
});

/** Where an environment answers is the gateway's matter: every driver's builder takes these. */
const placeOptions: Readonly<Record<string, Check>> = {
  url: optional(value(isEnvironmentUrl, "an address like http://shop.localhost:8080")),
  listen: optional(
    value(
      (input) => typeof input === "string" && parseListen(input) !== undefined,
      'an address and a port like "127.0.0.1:8080" or "[::]:8080"',
    ),
  ),
  trustProxies: optional(
    listOf(
      value((input) => typeof input === "string" && isNetwork(input), 'an address or a network like "10.0.0.0/8"'),
      "addresses or networks",
    ),
  ),
};

/** What builders made, by the name that each gave itself. */
interface Known {
  readonly names: readonly string[];
  readonly checkOf: (name: string) => Check | undefined;
}

const drivers: Known = { names: driverNames(), checkOf: driverCheck };
const strategyChecks: Readonly<Record<string, Check>> = Object.fromEntries(
  allStrategies().flatMap(([name, { isChoice, options, contradiction }]) => {
    const each = shape({ kind, strategy: kind, because, ...strategyOptions(options) });
    return isChoice ? [[name, { find: (input) => [...each.find(input), ...togetherOf(contradiction, input)] }]] : [];
  }),
);
const strategies: Known = {
  names: Object.keys(strategyChecks),
  checkOf: (name) => (Object.hasOwn(strategyChecks, name) ? strategyChecks[name] : undefined),
};

/** What is wrong with options that are right one by one. */
function togetherOf(contradiction: ((choice: unknown) => Contradiction | undefined) | undefined, input: unknown) {
  const found = isObject(input) ? contradiction?.(input) : undefined;
  if (found === undefined) return [];
  const { option, expected } = found;
  return [{ path: [option], kind: "value", expected, input: (input as Record<string, unknown>)[option] } as const];
}

function driverCheck(name: string): Check | undefined {
  const known = driverKind(name);
  if (known === undefined) return undefined;
  const options = Object.entries(known.options).map(
    ([option, { isRight, expected }]) => [option, optional(value(isRight, expected))] as const,
  );
  return shape({ ...Object.fromEntries(options), kind, driver: kind, because, ...placeOptions });
}

function strategyOptions(options: Readonly<Record<string, OptionKind>>): Record<string, Check> {
  const checks: Readonly<Record<OptionKind, Check>> = {
    atLeastOneIfAny: atLeastOne,
    amount: value(isAmount, 'a whole number, 0 or more, or a part like "25%"'),
    duration,
    percents: risingPercents,
    onNoEvidence: value(
      (input) => onNoEvidence.some((one) => one === input),
      `one of ${onNoEvidence.map((one) => `"${one}"`).join(", ")}`,
    ),
    analysis: shape({
      alpha: optional(value((input) => isBetween(input, 0, 0.5), "a number above 0 and below 0.5, like 0.01")),
      tolerance: optional(value((input) => input === 1 || isBetween(input, 1, 100), "a number, 1 or more, like 1.5")),
      guarded: optional(yesOrNo),
    }),
  };
  return Object.fromEntries(Object.entries(options).map(([name, kind]) => [name, optional(checks[kind])]));
}

export function environmentProblems(environments: unknown, services: unknown, resources: unknown): Problem[] {
  if (!isObject(environments)) return [];
  const known = { services: isObject(services) ? services : {}, resources: isObject(resources) ? resources : {} };
  return [
    ...Object.entries(environments).flatMap(([name, environment]) => oneEnvironment(name, environment, known)),
    ...afterProblems(environments),
    ...unservedUrls(environments),
    ...sharedUrls(environments),
  ];
}

/** What environments may set otherwise, by name. */
interface Parts {
  readonly services: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
}

function oneEnvironment(name: string, environment: unknown, known: Parts): Problem[] {
  const path = ["environments", name];
  const subject = `Environment "${name}"`;
  const problems = [
    ...(isHostLabel(name) ? [] : [badName(path, name)]),
    ...shapeProblems(environmentShape, environment, path, subject),
  ];
  if (!isObject(environment)) return problems;
  const { driver, strategy, gates } = environment;
  return [
    ...problems,
    ...chosen(drivers, "driver", driver, [...path, "driver"], subject),
    ...chosen(strategies, "strategy", strategy, [...path, "strategy"], subject),
    ...(Array.isArray(environment.drift)
      ? knownDriftProblems(environment.drift, known, [...path, "drift"], subject)
      : []),
    ...(Array.isArray(gates) ? gateProblems(gates, [...path, "gates"], subject) : []),
    ...differenceProblems(environment, known, path, subject),
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
  const message = `${subject}: this version of Tidegate has no ${what} "${name}"`;
  const hint = `It has ${names.join(", ")}.`;
  return [{ code: "invalid-definition", path, message, hint } as const];
}

/** What an environment may set otherwise, by the names of what it is about: how it is told, and how it is judged. */
const differences = {
  replicas: {
    of: "services",
    what: "replicas",
    example: (shown: unknown) => (typeof shown === "number" ? String(shown) : "3"),
    find: (input: unknown, path: Problem["path"], subject: string) =>
      shapeProblems(differing(count), input, path, subject),
  },
  limits: {
    of: "services",
    what: "limits",
    example: () => '{ memory: "512MB" }',
    find: (input: unknown, path: Problem["path"], subject: string) =>
      shapeProblems(differing(limitsShape), input, path, subject),
  },
  resources: {
    of: "resources",
    what: "kind",
    example: () => "external()",
    find: (input: unknown, path: Problem["path"], subject: string, resource: unknown) => [
      ...shapeProblems(differing(value(() => true, "")), input, path, subject),
      ...substituteProblems((input as { value?: unknown }).value, resource, [...path, "value"], subject),
    ],
  },
} as const;

function differenceProblems(
  environment: Readonly<Record<string, unknown>>,
  known: Parts,
  path: Problem["path"],
  subject: string,
): Problem[] {
  return Object.entries(differences).flatMap(([field, { of, what, example, find }]) => {
    const all = environment[field];
    if (!isObject(all)) return [];
    return Object.entries(all).flatMap(([name, input]) => {
      const here = [...path, field, name];
      if (!Object.hasOwn(known[of], name)) return [unknownName(of, name, Object.keys(known[of]), here, subject)];
      if (input === undefined) return [];
      if (isKind(input, "differs")) return find(input, here, `${subject}: ${what} of "${name}"`, known[of][name]);
      return [undeclared(what, name, example(input), here, subject)];
    });
  });
}

/** The gateway speaks no HTTPS: somebody else does, and has to find it. */
function unservedUrls(environments: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    if (!isObject(environment) || !isKind(environment.driver, "driver")) return [];
    const { url, listen } = environment.driver as DriverChoice;
    if (listen !== undefined || !isEnvironmentUrl(url) || new URL(url).protocol === "http:") return [];
    const path = ["environments", name, "driver", "url"];
    const message = `Environment "${name}" answers at an https address, but nothing says where a proxy can reach it`;
    const hint = 'Give it an address of its own, which the proxy passes requests on to: `listen: "127.0.0.1:8080"`.';
    return [{ code: "invalid-definition", path, message, hint } as const];
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
    const { origin, hostname } = new URL(url);
    const { host, port } = environmentListen(url, driver);
    const place = `${hostname} at ${host}:${port}`;
    const other = taken.get(place);
    if (other === undefined) taken.set(place, name);
    if (other === undefined) return [];
    const path = ["environments", name, "driver", ...(driver.url === undefined ? [] : ["url"])];
    const message = `Environments "${other}" and "${name}" both answer at ${origin}`;
    return [{ code: "invalid-definition", path, message, hint: "Give one of them another host or port." } as const];
  });
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of an environment`;
  const hint =
    "Use lower-case letters, digits and dashes, beginning with a letter: the name becomes part of a host name.";
  return { code: "invalid-definition", path, at: "key", message, hint };
}

function unknownName(
  of: keyof Parts,
  name: string,
  known: readonly string[],
  path: Problem["path"],
  subject: string,
): Problem {
  const one = of === "services" ? "service" : "resource";
  const code = of === "services" ? "unknown-service" : "invalid-definition";
  const meant = nearest(name, known);
  const all = of === "services" ? "Services" : "Resources";
  const hint = meant === undefined ? `${all}: ${known.join(", ") || "none"}.` : `Did you mean "${meant}"?`;
  return { code, path, at: "key", message: `${subject}: there is no ${one} "${name}"`, hint };
}

function undeclared(what: string, name: string, example: string, path: Problem["path"], subject: string): Problem {
  const message = `${subject}: ${what} of "${name}" must be made by differs(…)`;
  return { code: "invalid-definition", path, message, hint: `Write \`differs(${example}, "why it differs")\`.` };
}

/** Whether it can be an environment's address: `http://host` or `http://host:port` and nothing more, or with `https`. */
function isEnvironmentUrl(input: unknown): input is string {
  if (typeof input !== "string" || !URL.canParse(input)) return false;
  const url = new URL(input);
  return /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href && url.port !== "0";
}
