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
    message: `${what} is declared to differ (${reason}), and is the same in all environments`,
    hint: hints[dimension],
  };
}

function expired({ dimension, key, path, reason, until, owner }: DeclaredDifference): Problem {
  const who = owner === undefined ? "" : ` ${owner} answers for it.`;
  return {
    code: "difference-expired",
    path,
    message: `${whatOf(dimension, key)} might differ up to ${until} (${reason}), and that day is over`,
    hint: `Make it equal, or give it a new day: { until: "YYYY-MM-DD" }.${who}`,
  };
}

const hints: Readonly<Record<DeclaredDifference["dimension"], string>> = {
  config: "Give it one value for all: `schema.default(value)` in `config`, and nothing in the environments.",
  replicas: "Take it out of the environments: the service's own `replicas` holds for all.",
  limits: "Take it out of the environments: the service's own `limits` hold for all.",
  resources: "Take it out of the environments: what stands in `resources` holds for all.",
};

function whatOf(dimension: DeclaredDifference["dimension"], key: string): string {
  switch (dimension) {
    case "config":
      return `Config key ${key}`;
    case "replicas":
      return `The number of instances of ${key}`;
    case "limits":
      return `What ${key} may use`;
    case "resources":
      return `Resource ${key}`;
    default:
      return dimension satisfies never;
  }
}
