import type { Condition, Variable } from "./task-options.ts";

/** The branch that is checked out has one of these names (`release/*` means any that begins so). */
export function branch(...patterns: readonly [string, ...string[]]): Condition {
  return Object.freeze({ kind: "condition", condition: "branch", patterns });
}

/**
 * A file that one of the patterns means was changed, by the commits since the default branch (see `--since`) or not
 * committed yet.
 */
export function changed(...patterns: readonly [string, ...string[]]): Condition {
  return Object.freeze({ kind: "condition", condition: "changed", patterns });
}

/** A variable of the environment Tidegate was called with, for `equals` and `isSet`. */
export function env(name: string): Variable {
  return Object.freeze({ kind: "variable", name });
}

export function equals(variable: Variable, value: string): Condition {
  return Object.freeze({ kind: "condition", condition: "equals", variable: variable?.name, value });
}

/** The variable is there and not empty. */
export function isSet(variable: Variable): Condition {
  return Object.freeze({ kind: "condition", condition: "isSet", variable: variable?.name });
}

/**
 * The program is on this machine, or among the project's own: `installed("docker")`. The task is skipped where it is not, and
 * the run says so.
 */
export function installed(program: string): Condition {
  return Object.freeze({ kind: "condition", condition: "installed", program });
}

export function not(condition: Condition): Condition {
  return Object.freeze({ kind: "condition", condition: "not", of: condition });
}

export function all(...conditions: readonly [Condition, ...Condition[]]): Condition {
  return Object.freeze({ kind: "condition", condition: "all", of: conditions });
}

export function any(...conditions: readonly [Condition, ...Condition[]]): Condition {
  return Object.freeze({ kind: "condition", condition: "any", of: conditions });
}
