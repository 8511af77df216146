import type { Problem } from "../definition/problem.ts";
import type { Task } from "../definition/types.ts";
import { type Pattern, parsePattern } from "./pattern.ts";

/** A pattern and where it stands in the definition. */
export interface Claim {
  readonly pattern: Pattern;
  readonly path: readonly (string | number)[];
}

export interface TaskPatterns {
  /** `undefined`: the task does not say what it reads. */
  readonly inputs: readonly Claim[] | undefined;
  /** Reports are outputs too. */
  readonly outputs: readonly Claim[];
  readonly junit: readonly Claim[];
}

/** The task's patterns, parsed; those that are wrong are left out and told. */
export function parseTaskPatterns(
  name: string,
  task: Task,
): { readonly patterns: TaskPatterns; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const parse = (texts: readonly string[], path: readonly (string | number)[], isOutput: boolean): Claim[] =>
    texts.flatMap((text, position) => claim(text, [...path, position], isOutput, problems));
  const inputs = task.inputs && parse(task.inputs, ["pipeline", name, "inputs"], false);
  const outputs = parse(task.outputs ?? [], ["pipeline", name, "outputs"], true);
  const reports = task.reports?.junit ?? [];
  const junitPath = ["pipeline", name, "reports", "junit"];
  const junit =
    typeof reports === "string" ? claim(reports, junitPath, true, problems) : parse(reports, junitPath, true);
  return { patterns: { inputs, outputs: [...outputs, ...junit], junit }, problems };
}

function claim(text: string, path: readonly (string | number)[], isOutput: boolean, problems: Problem[]): Claim[] {
  const parsed = parsePattern(text);
  if (parsed.ok && !(isOutput && isUnusableOutput(parsed.pattern))) return [{ pattern: parsed.pattern, path }];
  problems.push(parsed.ok ? unusableOutput(text, path) : badPattern(text, path, parsed.because));
  return [];
}

/** Outputs are removed before a run: the whole project, or Tidegate's and git's own folders, can't be one. */
function isUnusableOutput(pattern: Pattern): boolean {
  if (pattern.excluded) return true;
  if (pattern.base === "") return pattern.kind !== "glob" || pattern.text.includes("**");
  return /^\.(git|tidegate)(\/|$)/.test(pattern.base);
}

function unusableOutput(text: string, path: readonly (string | number)[]): Problem {
  return {
    code: "invalid-definition",
    path,
    message: `"${text}" cannot be an output`,
    hint: "Outputs are removed before the task runs: name exactly the files and folders it writes.",
  };
}

function badPattern(text: string, path: readonly (string | number)[], because: "empty" | "outside"): Problem {
  if (because === "outside") {
    const hint = "Write the path relative to the project's folder, without `..`.";
    return { code: "path-outside-project", path, message: `"${text}" leads out of the project`, hint };
  }
  return { code: "invalid-definition", path, message: `"${text}" is not a path` };
}
