import { isKind, isObject, isText } from "./leaves.ts";
import { type Check, type Finding, listOf, shape, value } from "./shape.ts";

const patterns = listOf(value(isText, "a pattern"), "patterns");
const variable = value(
  (input) => typeof input === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(input),
  "a variable",
  'Name it by `env("NAME")`.',
);
const program = value(
  (input) => typeof input === "string" && /^[^\s/\0]+$/.test(input),
  "the name of a program",
  'Write its name alone: installed("docker").',
);
const always = value(() => true, "");

/** The deepest nesting that a person could still read; beyond it a condition contains itself. */
const depthLimit = 20;

/** A condition, made by `branch(…)`, `changed(…)`, `equals(…)`, `isSet(…)`, `installed(…)`, `not(…)`, `all(…)` or `any(…)`. */
export const condition: Check = conditionAt(0);

function conditionAt(depth: number): Check {
  return {
    find(input): readonly Finding[] {
      const parts = isKind(input, "condition") && isObject(input) ? partsOf(input.condition, depth) : undefined;
      if (parts === undefined) return [notACondition(input)];
      return shape({ kind: always, condition: always, ...parts }).find(input);
    },
  };
}

function partsOf(kind: unknown, depth: number): Readonly<Record<string, Check>> | undefined {
  if (depth > depthLimit) return undefined;
  switch (kind) {
    case "branch":
    case "changed":
      return { patterns: atLeastOne(patterns, "pattern") };
    case "equals":
      return { variable, value: value((input) => typeof input === "string", "a text") };
    case "isSet":
      return { variable };
    case "installed":
      return { program };
    case "not":
      return { of: conditionAt(depth + 1) };
    case "all":
    case "any":
      return { of: atLeastOne(listOf(conditionAt(depth + 1), "conditions"), "condition") };
    default:
      return undefined;
  }
}

function atLeastOne(list: Check, what: string): Check {
  return {
    find: (input) =>
      Array.isArray(input) && input.length === 0
        ? [{ path: [], kind: "value", expected: `at least one ${what}`, input }]
        : list.find(input),
  };
}

function notACondition(input: unknown): Finding {
  const hint =
    'Write `branch("main")`, `changed("src/**")`, `equals(env("NAME"), "value")`, or some of them in `all(…)`.';
  return { path: [], kind: "value", expected: "a condition", hint, input };
}
