import { staticServer } from "../../process/built-in.ts";
import { addressVariable } from "../../records/service.ts";
import type { Problem } from "../problem.ts";
import type { Service } from "../types.ts";
import {
  command,
  count,
  duration,
  isHostLabel,
  isKind,
  isObject,
  isSimpleName,
  paths,
  text,
  urlPath,
  yesOrNo,
} from "./leaves.ts";
import { pathProblems } from "./paths.ts";
import { limits, useProblems } from "./resources.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const needHint = "Give the service itself, not its name: `needs: [api]`.";
const writesHint =
  "Write a folder of the release, with a slash at the end, or a file in it, with its ending: `app.sqlite3`.";

/** A key that is missing here, or too many, does not compile. */
const serviceKeys: Readonly<Record<keyof Service, Check>> = {
  kind: value(() => true, "service"),
  run: command,
  files: paths,
  nodeModules: optional(value((input) => input === "production" || input === "all", '"production" or "all"')),
  health: optional(urlPath),
  healthTimeout: optional(duration),
  needs: optional(
    listOf(
      value((input) => isKind(input, "service"), "a service", needHint),
      "services",
    ),
  ),
  migrate: optional(command),
  migrateTimeout: optional(duration),
  route: optional(value(isRoute, 'a path that begins with "/", "internal" or false')),
  host: optional(value(isHostName, 'lower-case labels in front of the environment\'s host name, like "api"')),
  writes: optional(listOf(value(isWritable, 'a folder like "uploads/", or a file', writesHint), "folders and files")),
  replicas: optional(count),
  drainTimeout: optional(duration),
  grace: optional(duration),
  uses: optional(value(isObject, "an object with resources")),
  limits: optional(limits),
  inPreviews: optional(yesOrNo),
  inRehearsal: optional(yesOrNo),
  irreversible: optional(
    shape({
      migration: value(
        (input) => typeof input === "string" && /^sha256:[0-9a-f]{64}$/.test(input),
        "the digest that a rehearsal printed",
      ),
      because: text,
      files: optional(paths),
    }),
  ),
  because: optional(text),
  configFile: optional(value((input) => typeof input === "boolean" || input === "only", 'true, false or "only"')),
};

const serviceShape = shape(serviceKeys);

/** What is wrong with the services one by one, with what they are to each other, and with what stands beside them. */
export function serviceProblems(
  services: unknown,
  { config, resources }: { readonly config: unknown; readonly resources: unknown },
): Problem[] {
  if (!isObject(services)) return [];
  const single = Object.entries(services).flatMap(([name, service]) => [
    ...oneService(name, service),
    ...(isObject(service)
      ? useProblems(service, { config, resources, services }, ["services", name, "uses"], `Service "${name}"`)
      : []),
  ]);
  return [...single, ...sharedRoutes(services), ...needProblems(services, isObject(config) ? config : {})];
}

function oneService(name: string, service: unknown): Problem[] {
  const path = ["services", name];
  const subject = `Service "${name}"`;
  const naming = isSimpleName(name) ? [] : [badName(path, name)];
  if (!isKind(service, "service") || !isObject(service)) return [...naming, notAService(path, subject)];
  return [
    ...naming,
    ...shapeProblems(serviceShape, service, path, subject),
    ...pathProblems(service.files, [...path, "files"], subject),
    ...(isWholeProject(service) ? [everythingServed(path, subject)] : []),
    ...pathProblems(service.writes, [...path, "writes"], subject),
    ...(service.host !== undefined && routeOf(service) === undefined ? [hostWithoutRoute(path, subject)] : []),
  ];
}

/** A static site at the top of the project that does not say which files are for everybody. */
function isWholeProject({ run }: Readonly<Record<string, unknown>>): boolean {
  const [program, folder, ...rest] = Array.isArray(run) ? (run as readonly unknown[]) : [];
  const namesFiles = rest.some((word) => typeof word === "string" && !word.startsWith("--"));
  return program === staticServer && typeof folder === "string" && /^(\.\/)*$/.test(folder) && !namesFiles;
}

function everythingServed(path: Problem["path"], subject: string): Problem {
  const message = `${subject} would serve every file of the project, its sources and settings included`;
  const hint = 'Say which files are for everybody: `files: ["index.html", "css/", "img/"]`.';
  return { code: "invalid-definition", path, message, hint };
}

/** Two services that would take the same requests. The default is to take all of them. */
function sharedRoutes(services: Readonly<Record<string, unknown>>): Problem[] {
  const taken = new Map<string, string>();
  return Object.entries(services).flatMap(([name, service]) => {
    const route = routeOf(service);
    if (route === undefined) return [];
    const other = taken.get(route);
    if (other !== undefined) return [sameRoute(name, other, route, service)];
    taken.set(route, name);
    return [];
  });
}

/** Host and prefix; `undefined` when it takes no requests from outside. */
function routeOf(service: unknown): string | undefined {
  if (!isKind(service, "service")) return undefined;
  const { route = "/", host = "" } = service as { route?: unknown; host?: unknown };
  if (typeof route !== "string" || route === "internal") return undefined;
  return `${host}${route.replace(/\/+$/, "") || "/"}`;
}

function sameRoute(name: string, other: string, route: string, service: unknown): Problem {
  const written = (service as { route?: unknown }).route !== undefined;
  const path = ["services", name, ...(written ? ["route"] : [])];
  const message = `Services "${other}" and "${name}" both take requests for "${route}"`;
  const hint =
    'Give one of them another `route` or a `host`, or `route: "internal"` or `false` if no requests come from outside.';
  return { code: "invalid-definition", path, message, hint };
}

/** Needs that are no services of the project, circles, and variables that would have two meanings. */
function needProblems(
  services: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): Problem[] {
  const names = new Map(Object.entries(services).map(([name, service]) => [service, name]));
  const needs = new Map(Object.entries(services).map(([name, service]) => [name, neededBy(service)]));
  const strangers = [...needs].flatMap(([name, needed]) =>
    needed.flatMap((one, index) => (names.has(one) ? [] : [notOfProject(name, index)])),
  );
  const byName = new Map([...needs].map(([name, needed]) => [name, needed.map((one) => names.get(one) ?? "")]));
  const circle = findCircle(byName);
  const clashes = [...byName].flatMap(([name, needed]) => variableClashes(name, needed, services, config));
  return [...strangers, ...(circle === undefined ? [] : [inCircle(circle)]), ...clashes];
}

function neededBy(service: unknown): readonly unknown[] {
  const { needs } = (isObject(service) ? service : {}) as { needs?: unknown };
  return Array.isArray(needs) ? needs.filter((need) => isKind(need, "service")) : [];
}

/** The first circle, beginning and ending with the same name. */
function findCircle(needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of needs.get(name) ?? []) {
      const circle = visit(next, [...way, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of needs.keys()) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function variableClashes(
  name: string,
  needed: readonly string[],
  services: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
): Problem[] {
  const taken = new Map<string, string>();
  return needed.flatMap((one, index) => {
    const service = services[one];
    if (!isObject(service) || service.route === false) return [];
    const variable = addressVariable(one);
    const other = Object.hasOwn(config, variable) ? `the config key "${variable}"` : taken.get(variable);
    taken.set(variable, `service "${one}"`);
    return other === undefined ? [] : [sameVariable(name, one, variable, other, index)];
  });
}

function notOfProject(name: string, index: number): Problem {
  const path = ["services", name, "needs", index];
  const message = `Service "${name}" needs a service that is not in \`services\``;
  return { code: "unknown-service", path, message, hint: "Put it in `services: { … }` as well." };
}

function inCircle(circle: readonly string[]): Problem {
  const path = ["services", circle[0] ?? "", "needs"];
  const message = `Services need each other in a cycle: ${circle.join(" → ")}`;
  return {
    code: "dependency-cycle",
    path,
    message,
    hint: "Remove one of the needs: none of them could start first.",
  };
}

function sameVariable(name: string, needed: string, variable: string, other: string, index: number): Problem {
  const path = ["services", name, "needs", index];
  const message = `Service "${name}": ${variable}, the address of "${needed}", is already ${other}`;
  return { code: "invalid-definition", path, message, hint: `Rename one of the two; ${variable} is set by Tidegate.` };
}

function hostWithoutRoute(path: Problem["path"], subject: string): Problem {
  const message = `${subject} has a host, but takes no requests from outside`;
  const hint = "Leave out `host`, or give it a `route` that begins with a slash.";
  return { code: "invalid-definition", path: [...path, "host"], message, hint };
}

function isRoute(input: unknown): boolean {
  return input === false || input === "internal" || (typeof input === "string" && /^\/[^\s#?\\]*$/.test(input));
}

/** One or more labels. */
function isHostName(input: unknown): boolean {
  return typeof input === "string" && input.split(".").every(isHostLabel);
}

/** A file has an ending: `uploads` is a folder whose slash was forgotten. */
function isWritable(input: unknown): boolean {
  return (
    typeof input === "string" &&
    /^(?!\.?\/)[^\0\\*?{}[\]]+$/.test(input) &&
    /\/$|[^/.]\.[^/.]+$/.test(input) &&
    !input.replace(/\/$/, "").split("/").includes("")
  );
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of a service`;
  const hint = "Use letters, digits, `_`, `-` and `.`, beginning with a letter.";
  return { code: "invalid-definition", path, at: "key", message, hint };
}

function notAService(path: Problem["path"], subject: string): Problem {
  const hint = 'Write `service({ run: "…", files: [ … ] })`.';
  return { code: "invalid-definition", path, message: `${subject} is not made by service(…)`, hint };
}
