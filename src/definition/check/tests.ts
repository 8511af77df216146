import type { Problem } from "../problem.ts";
import { atLeastOne, isObject, isText, paths, text } from "./leaves.ts";
import { pathProblems } from "./paths.ts";
import { type Check, listOf, optional, shape, value } from "./shape.ts";

const mostShards = 256;

const reportPaths = value(isPaths, "a path or pattern, or a list of them");
const percent = value(isPercent, "a number from 0 to 100");
const minimum: Check = {
  find(input) {
    const figures = shape({ lines: optional(percent), branches: optional(percent), functions: optional(percent) });
    if (isObject(input)) return figures.find(input);
    const expected = "a number from 0 to 100, or { lines, branches, functions }";
    return isPercent(input) ? [] : [{ path: [], kind: "value", expected, input }];
  },
};

/** The keys of `TestOptions`, for the shape of a task. */
export const testKeys = {
  reports: optional(
    shape({
      junit: optional(reportPaths),
      tap: optional(reportPaths),
      merged: optional(text),
      coverage: optional(
        shape({ lcov: optional(reportPaths), cobertura: optional(reportPaths), minimum: optional(minimum) }),
      ),
    }),
  ),
  quarantine: optional(
    listOf(
      shape({ test: text, owner: text, until: value(isDay, 'a day like "2027-01-31"'), reason: text }),
      "quarantined tests: { test, owner, until, reason }",
    ),
  ),
  testFiles: optional(paths),
  shards: optional(atLeastOne),
} as const;

type Subject = Readonly<Record<string, unknown>>;

/**
 * What is wrong with what a task says about its tests, beyond the shape of it. `shared`: of an override, what it is an
 * override of, and whose own problems are told elsewhere.
 */
export function testProblems(task: Subject, path: Problem["path"], subject: string, shared?: Subject): Problem[] {
  const reports = isObject(task.reports) ? task.reports : {};
  const coverage = isObject(reports.coverage) ? reports.coverage : undefined;
  const inReports = (key: string) => pathProblems(reports[key], [...path, "reports", key], subject);
  const inCoverage = (key: string) => pathProblems(coverage?.[key], [...path, "reports", "coverage", key], subject);
  return [
    ...["junit", "tap", "merged"].flatMap(inReports),
    ...["lcov", "cobertura"].flatMap(inCoverage),
    ...pathProblems(task.testFiles, [...path, "testFiles"], subject),
    ...oneFormat(coverage, [...path, "reports", "coverage"], subject),
    ...(task.quarantine !== undefined && reports.junit === undefined && reports.tap === undefined
      ? [quarantineWithoutReports([...path, "quarantine"], subject)]
      : []),
    ...(shared === undefined
      ? placeholderProblems(task, path, subject)
      : ownPlaceholderProblems(task, path, subject, shared)),
  ];
}

/** A package's test files may be wanted by the command that all packages share. */
function ownPlaceholderProblems(task: Subject, path: Problem["path"], subject: string, shared: Subject): Problem[] {
  const told = placeholderProblems(shared, path, subject).map(({ message }) => message);
  return placeholderProblems({ ...shared, ...task }, path, subject).filter(({ message }) => !told.includes(message));
}

function oneFormat(coverage: Subject | undefined, path: Problem["path"], subject: string): Problem[] {
  if (coverage === undefined || (coverage.lcov === undefined) !== (coverage.cobertura === undefined)) return [];
  const message = `${subject}: reports.coverage must have one of lcov and cobertura`;
  return [{ code: "invalid-definition", path, message, hint: 'Write `coverage: { lcov: "coverage/lcov.info" }`.' }];
}

function quarantineWithoutReports(path: Problem["path"], subject: string): Problem {
  const message = `${subject}: it has quarantined tests, but no reports`;
  const hint = "Add `reports`: only a report tells which tests made a command fail.";
  return { code: "invalid-definition", path, message, hint };
}

/** `{files}` and `testFiles` belong together; so do `{shard}` and `shards`. */
function placeholderProblems(task: Subject, path: Problem["path"], subject: string): Problem[] {
  const problem = (key: string, message: string, hint: string): Problem => {
    return { code: "invalid-definition", path: [...path, key], message: `${subject}: ${message}`, hint };
  };
  const problems: Problem[] = [];
  // Files stand behind the command of a script, which no one has to write for that.
  const saysFiles = has(task.run, "{files}") || (path[0] === "packages" && task.run === undefined);
  const saysShard = [task.run, task.outputs, task.reports].some(
    (part) => has(part, "{shard}") || has(part, "{shards}"),
  );
  if (task.testFiles !== undefined && !saysFiles)
    problems.push(
      problem("run", "it has testFiles, but its command has no {files}", 'Write `run: "vitest run {files}"`.'),
    );
  if (
    Array.isArray(task.run) &&
    task.run.some((word) => isText(word) && word.includes("{files}") && word !== "{files}")
  )
    problems.push(problem("run", "{files} must be a word of its own", 'Write `["vitest", "run", "{files}"]`.'));
  if (task.shards === undefined && saysShard && task.expansion === undefined)
    problems.push(problem("run", "it says {shard}, but has no shards", "Add `shards: 4`."));
  if (typeof task.shards === "number" && task.shards > mostShards)
    problems.push(problem("shards", `there can be at most ${mostShards} shards`, "Use fewer shards."));
  problems.push(...mergedProblems(task, (message, hint) => problem("reports", message, hint)));
  return task.shards === undefined ? problems : [...problems, ...sharedOutputs(task, problem)];
}

function mergedProblems(task: Subject, problem: (message: string, hint: string) => Problem): Problem[] {
  const { merged, junit } = isObject(task.reports) ? task.reports : {};
  if (!isText(merged)) return [];
  if (junit === undefined) return [problem("reports.merged merges junit reports, and it has none", "Add `junit`.")];
  if (task.shards === undefined)
    return [problem("reports.merged is for shards, and it has none", "Add `shards`, or remove `merged`.")];
  if (!/[*?{}[\]!]|\/$/.test(merged)) return [];
  return [problem("reports.merged is one file", 'Write `merged: "reports/junit.xml"`.')];
}

function sharedOutputs(task: Subject, problem: (key: string, message: string, hint: string) => Problem): Problem[] {
  const outputs = Array.isArray(task.outputs) ? task.outputs : [];
  const { merged: _, ...reports } = isObject(task.reports) ? task.reports : {};
  const shared = [...outputs, ...texts(reports)].find((path) => isText(path) && !path.includes("{shard}"));
  if (shared === undefined) return [];
  const key = outputs.includes(shared) ? "outputs" : "reports";
  const hint = `Give each its own, such as "${withShard(shared)}": {shard} stands for its number.`;
  return [problem(key, `its shards would all write ${JSON.stringify(shared)}`, hint)];
}

/** The paths of reports, without figures. */
function texts(reports: unknown): string[] {
  if (isText(reports)) return [reports];
  if (Array.isArray(reports)) return reports.filter(isText);
  return isObject(reports) ? Object.values(reports).flatMap(texts) : [];
}

/** `reports/junit.xml` → `reports/junit-{shard}.xml`; `coverage/` → `coverage/{shard}/`. */
function withShard(path: string): string {
  if (path.endsWith("/")) return `${path}{shard}/`;
  const dot = path.lastIndexOf(".");
  return dot > path.lastIndexOf("/") + 1 ? `${path.slice(0, dot)}-{shard}${path.slice(dot)}` : `${path}-{shard}`;
}

function has(part: unknown, placeholder: string): boolean {
  if (typeof part === "string") return part.includes(placeholder);
  return typeof part === "object" && part !== null && Object.values(part).some((each) => has(each, placeholder));
}

function isPaths(input: unknown): boolean {
  const list = Array.isArray(input) ? input : [input];
  return list.length > 0 && list.every((item) => isText(item));
}

function isPercent(input: unknown): boolean {
  return typeof input === "number" && input >= 0 && input <= 100;
}

/** A day that there is: not the 30th of February. */
function isDay(input: unknown): boolean {
  if (typeof input !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(input)) return false;
  const time = Date.parse(`${input}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(input);
}
