import type { Problem } from "../../definition/problem.ts";
import type { Task } from "../../definition/types.ts";
import { barredOutput } from "./barred-output.ts";
import { type Pattern, parsePattern } from "./pattern.ts";

/** A pattern and where it stands in the definition. */
export interface Claim {
  readonly pattern: Pattern;
  readonly path: readonly (string | number)[];
  /** Of an input: its files belong to this machine, may be absent and may be ignored by git. */
  readonly isLocal?: true;
  /**
   * What has to be there: exactly this (default); `some`: this or another of the task's claims that say so, because many
   * tasks share them; `none`: it may be absent.
   */
  readonly demand?: "some" | "none";
}

export interface TaskPatterns {
  /** `undefined`: the task does not say what it reads. */
  readonly inputs: readonly Claim[] | undefined;
  /** Reports are outputs too. */
  readonly outputs: readonly Claim[];
  readonly junit: readonly Claim[];
  readonly tap: readonly Claim[];
  readonly coverage: readonly Claim[];
  /** Where the JUnit reports of shards are put together; only of their whole. */
  readonly merged: readonly Claim[];
}

/** The task's patterns, parsed; those that are wrong are left out and told. */
export function parseTaskPatterns(
  name: string,
  task: Task,
  place: Problem["path"] = ["pipeline", name],
): { readonly patterns: TaskPatterns; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const one = (text: string, path: Problem["path"], isOutput: boolean): Claim[] =>
    claim(text, path, isOutput && { because: task.because }, problems);
  const parse = (texts: readonly string[], path: readonly (string | number)[], isOutput: boolean): Claim[] =>
    texts.flatMap((text, position) => one(text, [...path, position], isOutput));
  const local = parse(task.localInputs ?? [], [...place, "localInputs"], false);
  const inputs = task.inputs && [
    ...parse(task.inputs, [...place, "inputs"], false),
    ...local.map((each): Claim => ({ ...each, isLocal: true })),
  ];
  const outputs = withSharedModules(parse(task.outputs ?? [], [...place, "outputs"], true));
  const report = (texts: string | readonly string[] = [], path: Problem["path"]): Claim[] =>
    typeof texts === "string" ? one(texts, path, true) : parse(texts, path, true);
  const { junit: junitTexts, tap: tapTexts, coverage: covered, merged: mergedText } = task.reports ?? {};
  const junit = report(junitTexts, [...place, "reports", "junit"]);
  const tap = report(tapTexts, [...place, "reports", "tap"]);
  const format = covered?.lcov === undefined ? "cobertura" : "lcov";
  const coverage = report(covered?.[format], [...place, "reports", "coverage", format]);
  const isWhole = task.expansion?.role === "whole";
  const merged = isWhole ? report(mergedText, [...place, "reports", "merged"]) : [];
  // The reports of the whole are written by its parts.
  const written = isWhole ? merged : [...junit, ...tap, ...coverage];
  return { patterns: { inputs, outputs: [...outputs, ...written], junit, tap, coverage, merged }, problems };
}

/** Which packages of a workspace get a `node_modules` of their own is up to the package manager. */
function withSharedModules(outputs: readonly Claim[]): Claim[] {
  const isModules = ({ pattern }: Claim) => /(^|\/)node_modules\/?$/.test(pattern.text);
  const isShared = outputs.filter(isModules).length > 1;
  return outputs.map((claim) => (isShared && isModules(claim) ? { ...claim, demand: "some" } : claim));
}

/** Of the claims that nothing was found for, those that cannot do without. `all`: the task's, found or not. */
export function requiredOf(all: readonly Claim[], missing: readonly Claim[]): Claim[] {
  const shared = all.filter(({ demand, pattern }) => demand === "some" && !pattern.excluded);
  const isNothingThere = shared.every((claim) => missing.includes(claim));
  return missing.filter(({ demand }) => demand === undefined || (demand === "some" && isNothingThere));
}

/** `output`: of an output, why its task is as it is. */
function claim(
  text: string,
  path: readonly (string | number)[],
  output: false | { readonly because: string | undefined },
  problems: Problem[],
): Claim[] {
  const parsed = parsePattern(text);
  const problem = parsed.ok
    ? output && outputProblem(text, parsed.pattern, path, output.because)
    : badPattern(text, path, parsed.because);
  if (problem) problems.push(problem);
  return parsed.ok && !problem ? [{ pattern: parsed.pattern, path }] : [];
}

function outputProblem(text: string, pattern: Pattern, path: Problem["path"], because?: string): Problem | undefined {
  if (isUnusableOutput(pattern)) return unusableOutput(text, path);
  const barred = barredOutput(pattern.base);
  if (barred === undefined) return undefined;
  if (barred.isNever || pattern.kind === "glob") return unusableOutput(text, path);
  if (because !== undefined) return undefined;
  return {
    code: "invalid-definition",
    path,
    message: `"${text}" ${barred.what}: only a task that says why may have it as an output`,
    hint: 'Outputs are removed before the task runs. If it is meant so: because(task({ … }), "why the task writes it")',
  };
}

/** Outputs are removed before a run: the whole project can't be one. */
function isUnusableOutput(pattern: Pattern): boolean {
  if (pattern.excluded) return true;
  return pattern.base === "" && (pattern.kind !== "glob" || pattern.text.includes("**"));
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
    return { code: "path-outside-project", path, message: `"${text}" leads outside the project`, hint };
  }
  return { code: "invalid-definition", path, message: `"${text}" is not a path` };
}
