import { condition } from "./conditions.ts";
import { atLeastOne, command, count, duration, isKind, isText, simpleName, urlPath, yesOrNo } from "./leaves.ts";
import { type Check, type Finding, listOf, optional, shape, value } from "./shape.ts";

const variableName = value(
  (input) => typeof input === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(input),
  "the name of an environment variable",
);
const text = value(isText, "a text that is not empty");
const exitCode = value(
  (input) => Number.isInteger(input) && (input as number) > 0 && (input as number) < 256,
  "the exit code of a failure: 1 to 255",
);

const retry = either(
  count,
  shape({
    times: atLeastOne,
    exitCodes: optional(listOf(exitCode, "exit codes")),
    patterns: optional(listOf(text, "texts")),
    backoff: optional(duration),
  }),
);

const group = shape({
  kind: value((input) => input === "concurrencyGroup", "made by concurrencyGroup(…)"),
  name: simpleName,
  limit: atLeastOne,
});

const readiness: Check = {
  find(input) {
    if (input === "port") return [];
    if (typeof input === "object" && input !== null && "http" in input) return shape({ http: urlPath }).find(input);
    if (typeof input === "object" && input !== null && "output" in input) return shape({ output: text }).find(input);
    return [{ path: [], kind: "value", expected: '"port", { http: "/path" } or { output: "text" }', input }];
  },
};

const service = shape({
  run: command,
  ready: optional(readiness),
  readyTimeout: optional(duration),
  provides: optional(
    mapOf(
      variableName,
      value((input) => typeof input === "string", "a text"),
    ),
  ),
  env: optional(listOf(variableName, "names of environment variables")),
});

/** The options of a task that say whether, when and beside what it runs. */
export const taskOptions: Readonly<Record<string, Check>> = {
  retry: optional(retry),
  when: optional(condition),
  allowFailure: optional(yesOrNo),
  always: optional(yesOrNo),
  concurrency: optional(groups()),
  services: optional(
    mapOf(
      value(
        (input) => typeof input === "string" && /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(input),
        "a name made of letters, digits and `_`",
      ),
      service,
    ),
  ),
};

function groups(): Check {
  const list = listOf(group, "groups");
  const hint = 'Write `concurrencyGroup("name", 1)`.';
  return {
    find(input) {
      if (Array.isArray(input)) return list.find(input);
      if (isKind(input, "concurrencyGroup")) return group.find(input);
      return [{ path: [], kind: "value", expected: "made by concurrencyGroup(…)", hint, input }];
    },
  };
}

/** An object with keys of the project's own. */
function mapOf(key: Check, item: Check): Check {
  return {
    find(input) {
      if (typeof input !== "object" || input === null || Array.isArray(input))
        return [{ path: [], kind: "value", expected: "an object", input }];
      return Object.entries(input).flatMap(([name, each]) =>
        [...key.find(name), ...item.find(each)].map(
          (finding): Finding => ({ ...finding, path: [name, ...finding.path] }),
        ),
      );
    },
  };
}

/** A number, or else an object. */
function either(number: Check, object: Check): Check {
  return { find: (input) => (typeof input === "object" && input !== null ? object : number).find(input) };
}
