import { addressVariable } from "../../records/service.ts";
import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import { isAge, isSize, sizeBytes } from "../quantity.ts";
import { type Resource, resourceOutputs } from "../resource-options.ts";
import { atLeastOne, isKind, isObject, isSimpleName, text } from "./leaves.ts";
import { pathProblems } from "./paths.ts";
import { type Check, optional, shape, shapeProblems, value } from "./shape.ts";

const code = "invalid-definition";
const tag = value(() => true, "");

const age = value(isAge, 'an age like "12h" or "30d"');
const backup = shape({ every: optional(age), keep: optional(atLeastOne), maxAge: optional(age), to: optional(text) });
const major = value((input) => typeof input === "string" && /^[1-9]\d?$/.test(input), 'a major version like "16"');
const program = value((input) => input === "terraform" || input === "tofu", '"terraform" or "tofu"');
const variables: Check = value(
  (input) => isObject(input) && Object.values(input).every((one) => typeof one === "string"),
  "an object with texts",
);
/** What decides where Terraform looks and what it does is not the definition's to say; values of variables are in `variables`. */
const environmentVariables: Check = value(
  (input) =>
    isObject(input) &&
    Object.entries(input).every(
      ([name, one]) =>
        isVariableName(name) && !/^TF_(?!(PLUGIN_CACHE_DIR|CLI_CONFIG_FILE)$)/.test(name) && isPlain(one),
    ),
  "an object with texts, none of them called TF_… except TF_PLUGIN_CACHE_DIR and TF_CLI_CONFIG_FILE",
);

function isPlain(input: unknown): boolean {
  return typeof input === "string" && !input.includes("\0");
}

const common = { kind: tag, resource: tag, because: optional(text) };

const shapes: Readonly<Record<Resource["resource"], Check>> = {
  postgres: shape({ ...common, version: major, backup: optional(backup) }),
  folder: shape({ ...common, backup: optional(backup) }),
  terraform: shape({
    ...common,
    dir: text,
    program: optional(program),
    variables: optional(variables),
    env: optional(environmentVariables),
  }),
};

/** What stands there instead may be a URL with its password: it is not repeated. */
const secretName: Check = {
  find: (input) =>
    isVariableName(input)
      ? []
      : [{ path: [], kind: "value", expected: "the name of a secret: letters, digits and `_`" }],
};

const external = shape({ kind: tag, because: optional(text), url: optional(secretName) });

/** What each instance of a service may use. Less than this no process starts with, and no kernel counts. */
export const limits = shape({
  memory: optional(value(isMemory, 'a size of 1MB or more, like "512MB"')),
  cpu: optional(value((input) => typeof input === "number" && input >= 0.01 && input <= 1_000, "a number from 0.01")),
});

function isMemory(input: unknown): boolean {
  return typeof input === "string" && /[MG]B$/.test(input) && isSize(input) && sizeBytes(input) >= 1e6;
}

/** What is wrong with the resources themselves. */
export function resourceProblems(resources: unknown): Problem[] {
  if (!isObject(resources)) return [];
  const names = new Map<unknown, string>();
  return Object.entries(resources).flatMap(([name, resource]) => {
    const path = ["resources", name];
    const naming = isSimpleName(name) ? [] : [badName(path, name)];
    const other = names.get(resource);
    if (other !== undefined) return [...naming, twoNames(path, other, name)];
    names.set(resource, name);
    return [...naming, ...ownResourceProblems(resource, path, `Resource "${name}"`)];
  });
}

function ownResourceProblems(resource: unknown, path: Problem["path"], subject: string): Problem[] {
  if (!isKind(resource, "external")) return resourceShapeProblems(resource, path, subject);
  const message = `${subject} is external(…), which does not say what kind of resource it is`;
  const hint = "Say here what it is, and say in the environment that it is managed elsewhere.";
  return [{ code, path, message, hint }];
}

/**
 * What is wrong with what stands in an environment for a resource of the project: it must be of the same kind, since services
 * use it in the same way everywhere. What is external is a database that a URL leads to.
 */
export function substituteProblems(
  substitute: unknown,
  resource: unknown,
  path: Problem["path"],
  subject: string,
): Problem[] {
  const problems = resourceShapeProblems(substitute, path, subject);
  const [kind, own] = [kindOf(substitute), kindOf(resource)];
  if (problems.length > 0 || own === undefined) return problems;
  if (kind === undefined && own !== "postgres") {
    const hint = "Remove it here: only a postgres can be managed elsewhere.";
    return [{ code, path, message: `${subject}: a ${own} cannot be external(…)`, hint }];
  }
  if (kind === undefined || kind === own) return [];
  return [{ code, path, message: `${subject} must be a ${own}, as in \`resources\`, not a ${kind}` }];
}

/** "postgres", "folder", …; `undefined` for what is no resource. */
function kindOf(resource: unknown): Resource["resource"] | undefined {
  const { resource: kind } = (isKind(resource, "resource") ? resource : {}) as { resource?: unknown };
  return typeof kind === "string" && Object.hasOwn(shapes, kind) ? (kind as Resource["resource"]) : undefined;
}

/** What is wrong with one, wherever it stands. */
export function resourceShapeProblems(resource: unknown, path: Problem["path"], subject: string): Problem[] {
  if (isKind(resource, "external")) return shapeProblems(external, resource, path, subject);
  const kind = isKind(resource, "resource") ? String((resource as { resource?: unknown }).resource) : "";
  const known = Object.hasOwn(shapes, kind) ? shapes[kind as Resource["resource"]] : undefined;
  if (known === undefined) {
    const hint = 'For example `postgres({ version: "16" })`.';
    return [{ code, path, message: `${subject} must be made by postgres(…), folder(…) or terraform(…)`, hint }];
  }
  const { dir } = resource as { dir?: unknown };
  const paths = kind === "terraform" && typeof dir === "string" ? pathProblems(dir, [...path, "dir"], subject) : [];
  return [...shapeProblems(known, resource, path, subject), ...paths];
}

/** What stands beside a service in the definition. */
interface Beside {
  readonly resources: unknown;
  readonly config: unknown;
  readonly services: Readonly<Record<string, unknown>>;
}

/** What is wrong with what a service uses. That `uses` is an object is the service's own check. */
export function useProblems(
  { uses, needs }: { readonly uses?: unknown; readonly needs?: unknown },
  { resources, config, services }: Beside,
  path: Problem["path"],
  subject: string,
): Problem[] {
  if (uses === undefined) return [];
  if (!isObject(uses)) return [];
  const addresses = addressesOf(needs, services);
  return Object.entries(uses).flatMap(([variable, used]) => {
    const here = [...path, variable];
    return [
      ...variableProblems(variable, { config, addresses }, here, subject),
      ...usedProblems(used, isObject(resources) ? resources : {}, here, subject),
    ];
  });
}

/** The variables in which a service gets the addresses of those that it needs. */
function addressesOf(needs: unknown, services: Readonly<Record<string, unknown>>): readonly string[] {
  const needed: readonly unknown[] = Array.isArray(needs) ? needs : [];
  return Object.entries(services).flatMap(([name, one]) => (needed.includes(one) ? [addressVariable(name)] : []));
}

function variableProblems(
  variable: string,
  { config, addresses }: { readonly config: unknown; readonly addresses: readonly string[] },
  path: Problem["path"],
  subject: string,
): Problem[] {
  const at = "key" as const;
  if (!isVariableName(variable) || /^(PORT|HOST|TIDEGATE_.*)$/.test(variable)) {
    const message = `${subject} uses a resource as ${JSON.stringify(variable)}, which cannot be its environment variable`;
    const hint = "Use letters, digits and `_`, not beginning with a digit; PORT, HOST and TIDEGATE_… are taken.";
    return [{ code, path, at, message, hint }];
  }
  if (addresses.includes(variable)) {
    const message = `${subject}: ${variable} is also the address of a service that it needs`;
    return [{ code, path, at, message, hint: "Give the resource another variable." }];
  }
  if (!isObject(config) || !Object.hasOwn(config, variable)) return [];
  const message = `${subject}: ${variable} is also a config key`;
  return [{ code, path, at, message, hint: "Remove the config key: the resource provides the value." }];
}

function usedProblems(
  used: unknown,
  resources: Readonly<Record<string, unknown>>,
  path: Problem["path"],
  subject: string,
): Problem[] {
  const isOutput = isKind(used, "output");
  const { of, name } = (isOutput ? used : { of: used, name: undefined }) as { of: unknown; name: unknown };
  if (!isKind(of, "resource")) {
    const hint = "Give the resource itself, not its name: `uses: { DATABASE_URL: db }`.";
    return [{ code, path, message: `${subject} uses something that is not a resource`, hint }];
  }
  if (!Object.values(resources).includes(of)) {
    const message = `${subject} uses a resource that is not in \`resources\``;
    const hint =
      "Put it in `resources: { … }` as well. Note that `because(…)` returns a new one, not the one it was given.";
    return [{ code, path, message, hint }];
  }
  const kind = kindOf(of);
  if (kind === undefined) return [];
  const known = resourceOutputs[kind];
  if (!isOutput && known === undefined) {
    const hint = 'Name one of its outputs: `output(infra, "bucket")`.';
    return [{ code, path, message: `${subject}: a ${kind} is used through its outputs`, hint }];
  }
  if (!isOutput || known === undefined || known.includes(String(name))) return [];
  const meant = nearest(String(name), known);
  const hint = meant === undefined ? `It has ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return [{ code, path: [...path, "name"], message: `${subject}: a ${kind} has no "${String(name)}"`, hint }];
}

function isVariableName(input: unknown): boolean {
  return typeof input === "string" && /^[A-Z_][A-Z0-9_]*$/i.test(input);
}

function twoNames(path: Problem["path"], other: string, name: string): Problem {
  const message = `"${other}" and "${name}" are the same resource`;
  return { code, path, at: "key", message, hint: "A resource has one name: declare a second one." };
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of a resource`;
  const hint = "Use letters, digits, `_`, `-` and `.`, beginning with a letter.";
  return { code, path, at: "key", message, hint };
}
