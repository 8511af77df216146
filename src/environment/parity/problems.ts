import type { Problem } from "../../definition/problem.ts";
import type { DeclaredDifference } from "./policy.ts";

/** Declared differences that nothing needs any more, and those whose last day is over. */
export function declarationProblems(declared: readonly DeclaredDifference[]): Problem[] {
  return declared.flatMap((one) => {
    if (one.isNeedless) return [needless(one)];
    return one.isExpired ? [expired(one)] : [];
  });
}

function needless({ dimension, key, path, reason }: DeclaredDifference): Problem {
  const what = whatOf(dimension, key);
  return {
    code: "difference-needless",
    path,
    message: `${what} is declared to differ (${reason}), but is the same in all environments`,
    hint: hints[dimension],
  };
}

function expired({ dimension, key, path, reason, until, owner }: DeclaredDifference): Problem {
  const who = owner === undefined ? "" : ` ${owner} is responsible for it.`;
  return {
    code: "difference-expired",
    path,
    message: `${whatOf(dimension, key)} was allowed to differ until ${until} (${reason}), and that day has passed`,
    hint: `Make it equal, or set a new date: { until: "YYYY-MM-DD" }.${who}`,
  };
}

const hints: Readonly<Record<DeclaredDifference["dimension"], string>> = {
  config: "Give it one value for all: `schema.default(value)` in `config`, and none in the environments.",
  replicas: "Remove it from the environments: the service's own `replicas` applies to all.",
  limits: "Remove it from the environments: the service's own `limits` apply to all.",
  resources: "Remove it from the environments: what `resources` says applies to all.",
};

function whatOf(dimension: DeclaredDifference["dimension"], key: string): string {
  switch (dimension) {
    case "config":
      return `Config key ${key}`;
    case "replicas":
      return `The number of instances of ${key}`;
    case "limits":
      return `The limits of ${key}`;
    case "resources":
      return `Resource ${key}`;
    default:
      return dimension satisfies never;
  }
}
