import { pathProblems } from "./check-paths.ts";
import { command, count, duration, isKind, isObject, isSimpleName, paths, urlPath } from "./leaves.ts";
import type { Problem } from "./problem.ts";
import { optional, shape, shapeProblems, value } from "./shape.ts";

const serviceShape = shape({
  kind: value(() => true, "service"),
  run: command,
  files: paths,
  health: optional(urlPath),
  healthTimeout: optional(duration),
  migrate: optional(command),
  route: optional(value(isRoute, 'a path that begins with "/", or false')),
  replicas: optional(count),
  grace: optional(duration),
  configFile: optional(value((input) => typeof input === "boolean" || input === "only", 'true, false or "only"')),
});

export function serviceProblems(services: unknown): Problem[] {
  if (!isObject(services)) return [];
  const single = Object.entries(services).flatMap(([name, service]) => oneService(name, service));
  return [...single, ...sharedRoutes(services)];
}

function oneService(name: string, service: unknown): Problem[] {
  const path = ["services", name];
  const subject = `Service "${name}"`;
  const naming = isSimpleName(name) ? [] : [badName(path, name)];
  if (!isKind(service, "service") || !isObject(service)) return [...naming, notAService(path, subject)];
  const files = pathProblems(service.files, [...path, "files"], subject);
  return [...naming, ...shapeProblems(serviceShape, service, path, subject), ...files];
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

function routeOf(service: unknown): string | undefined {
  if (!isKind(service, "service")) return undefined;
  const { route = "/" } = service as { route?: unknown };
  return typeof route === "string" ? route.replace(/\/+$/, "") || "/" : undefined;
}

function sameRoute(name: string, other: string, route: string, service: unknown): Problem {
  const written = (service as { route?: unknown }).route !== undefined;
  const path = ["services", name, ...(written ? ["route"] : [])];
  const message = `Services "${other}" and "${name}" both take the requests under "${route}"`;
  const hint = "Give one of them another `route`, or `route: false` when it takes no requests.";
  return { code: "invalid-definition", path, message, hint };
}

function isRoute(input: unknown): boolean {
  return input === false || (typeof input === "string" && /^\/[^\s#?\\]*$/.test(input));
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
