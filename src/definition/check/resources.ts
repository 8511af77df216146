import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import { isAge, isSize } from "../quantity.ts";
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
const common = { kind: tag, resource: tag, because: optional(text) };

const shapes: Readonly<Record<string, Check>> = {
  postgres: shape({ ...common, version: major, backup: optional(backup) }),
  folder: shape({ ...common, backup: optional(backup) }),
  terraform: shape({ ...common, dir: text, program: optional(program), variables: optional(variables) }),
};

const external = shape({
  kind: tag,
  because: optional(text),
  url: optional(value(isVariableName, "the name of a secret: capital letters, digits and `_`")),
});

/** What each instance of a service may use. */
export const limits = shape({
  memory: optional(value((input) => isSize(input) && typeof input === "string", 'a size like "512MB"')),
  cpu: optional(value((input) => typeof input === "number" && input > 0 && input <= 1_000, "a number above 0")),
});

/** What a postgres and a folder tell. What a terraform tells is its configuration's own. */
const outputs: Readonly<Record<string, readonly string[] | undefined>> = {
  postgres: ["url", "host", "port", "user", "password", "database"],
  folder: ["path"],
};

/** What is wrong with the resources themselves. */
export function resourceProblems(resources: unknown): Problem[] {
  if (!isObject(resources)) return [];
  return Object.entries(resources).flatMap(([name, resource]) => {
    const path = ["resources", name];
    const naming = isSimpleName(name) ? [] : [badName(path, name)];
    return [...naming, ...resourceShapeProblems(resource, path, `Resource "${name}"`)];
  });
}

/** What is wrong with one, wherever it stands. */
export function resourceShapeProblems(resource: unknown, path: Problem["path"], subject: string): Problem[] {
  if (isKind(resource, "external")) return shapeProblems(external, resource, path, subject);
  const kind = isKind(resource, "resource") ? String((resource as { resource?: unknown }).resource) : "";
  const known = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined;
  if (known === undefined) {
    const hint = 'For example `postgres({ version: "16" })`.';
    return [{ code, path, message: `${subject} must be made by postgres(…), folder(…) or terraform(…)`, hint }];
  }
  const { dir } = resource as { dir?: unknown };
  const paths = kind === "terraform" && typeof dir === "string" ? pathProblems([dir], [...path, "dir"], subject) : [];
  return [...shapeProblems(known, resource, path, subject), ...paths];
}

/** What is wrong with what a service uses. */
export function useProblems(
  uses: unknown,
  { resources, config }: { readonly resources: unknown; readonly config: unknown },
  path: Problem["path"],
  subject: string,
): Problem[] {
  if (uses === undefined) return [];
  if (!isObject(uses)) return [{ code, path, message: `${subject}: uses must be an object with resources` }];
  return Object.entries(uses).flatMap(([variable, used]) => {
    const here = [...path, variable];
    return [
      ...variableProblems(variable, config, here, subject),
      ...usedProblems(used, isObject(resources) ? resources : {}, here, subject),
    ];
  });
}

function variableProblems(variable: string, config: unknown, path: Problem["path"], subject: string): Problem[] {
  const at = "key" as const;
  if (!isVariableName(variable) || /^(PORT|HOST|TIDEGATE_.*)$/.test(variable)) {
    const message = `${subject} uses a resource as ${JSON.stringify(variable)}, which cannot be its environment variable`;
    const hint = "Use letters, digits and `_`, not beginning with a digit; PORT, HOST and TIDEGATE_… are taken.";
    return [{ code, path, at, message, hint }];
  }
  if (!isObject(config) || !Object.hasOwn(config, variable)) return [];
  const message = `${subject}: ${variable} is a config key, too`;
  return [{ code, path, at, message, hint: "Take the config key away: the resource says what it is." }];
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
    return [{ code, path, message: `${subject} uses something that is no resource`, hint }];
  }
  if (!Object.values(resources).includes(of)) {
    const message = `${subject} uses a resource that is not in \`resources\``;
    return [{ code, path, message, hint: "Put it in `resources: { … }`, too." }];
  }
  const kind = String((of as { resource?: unknown }).resource);
  const known = outputs[kind];
  if (!isOutput && known === undefined) {
    const hint = 'Name one of its outputs: `output(infra, "bucket")`.';
    return [{ code, path, message: `${subject}: a ${kind} is used by its outputs`, hint }];
  }
  if (!isOutput || known === undefined || known.includes(String(name))) return [];
  const meant = nearest(String(name), known);
  const hint = meant === undefined ? `It has ${known.join(", ")}.` : `Did you mean "${meant}"?`;
  return [{ code, path: [...path, "name"], message: `${subject}: a ${kind} has no "${String(name)}"`, hint }];
}

function isVariableName(input: unknown): boolean {
  return typeof input === "string" && /^[A-Z_][A-Z0-9_]*$/i.test(input);
}

function badName(path: Problem["path"], name: string): Problem {
  const message = `${JSON.stringify(name)} cannot be the name of a resource`;
  const hint = "Use letters, digits, `_`, `-` and `.`, beginning with a letter.";
  return { code, path, at: "key", message, hint };
}
