import type { Command, Expansion, Task, TaskReports } from "../../definition/types.ts";
import type { GraphTask } from "../graph.ts";
import { parsePattern } from "../pattern.ts";
import { type Claim, parseTaskPatterns } from "../task-patterns.ts";
import type { Assignment } from "./assign-files.ts";

/** What a task with `testFiles` becomes when it is not divided: the same with the files in its command. */
export function withFiles(task: GraphTask, files: readonly string[]): GraphTask {
  const { name, task: own } = task;
  const expansion: Expansion = { role: "files", of: name, run: own.run, files };
  return remade(task, name, { ...own, run: fill(own.run, files, {}), expansion }, task.needs);
}

/**
 * The shards of a task, and the task itself, which waits for them and puts their reports together. `total`: how many
 * there are; `files`: of each shard, when the task has `testFiles`.
 */
export function shardsOf(task: GraphTask, total: number, files: Assignment | undefined): readonly GraphTask[] {
  const indexes = Array.from({ length: total }, (_, position) => position + 1);
  const shards = indexes.map((index) => shard(task, index, total, files?.[index - 1]));
  const names = shards.map(({ name }) => name);
  return [...shards, whole(task, names, total)];
}

/** An expanded task with only some of its test files; the others are inputs still. `before`: the task as it was defined. */
export function narrowTo(expanded: GraphTask, before: GraphTask, files: readonly string[]): GraphTask {
  const { expansion } = expanded.task;
  if (expansion === undefined) return expanded;
  const { index, total } = expansion;
  const numbers = index === undefined ? {} : { shard: index, shards: total ?? index };
  const run = fill(before.task.run, files, numbers);
  return { ...expanded, task: { ...expanded.task, run, expansion: { ...expansion, files, isPart: true } } };
}

/** `test` → `test[shard=2]`; `test[node=20]` → `test[node=20,shard=2]`. */
export function shardName(task: string, index: number): string {
  return task.endsWith("]") ? `${task.slice(0, -1)},shard=${index}]` : `${task}[shard=${index}]`;
}

function shard(task: GraphTask, index: number, total: number, files: readonly string[] | undefined): GraphTask {
  const { task: own, name } = task;
  const numbers = { shard: index, shards: total };
  const { outputs, reports } = own;
  const expansion: Expansion = { role: "shard", of: name, run: own.run, index, total, ...(files && { files }) };
  const made: Task = {
    ...own,
    run: fill(own.run, files, numbers),
    ...(outputs && { outputs: outputs.map((text) => fillNumbers(text, numbers)) }),
    ...(reports && { reports: fillReports(reports, [numbers]) }),
    expansion,
  };
  return { ...remade(task, shardName(name, index), made, task.needs), group: task.group ?? name };
}

function whole(task: GraphTask, shards: readonly string[], total: number): GraphTask {
  const { kind, inputs, stage, reports, quarantine, cache, timeout, allowFailure, run } = task.task;
  const numbers = shards.map((_, position) => ({ shard: position + 1, shards: total }));
  const made: Task = {
    kind,
    // All is done already: what this task gives is the judgement of its parts' reports.
    run: ["true"],
    ...(inputs && { inputs: [] }),
    ...(stage !== undefined && { stage }),
    ...(reports && { reports: fillReports(reports, numbers) }),
    ...(quarantine && { quarantine }),
    ...(cache !== undefined && { cache }),
    ...(timeout !== undefined && { timeout }),
    ...(allowFailure !== undefined && { allowFailure }),
    expansion: { role: "whole", of: task.name, run, total },
  };
  return remade(task, task.name, made, shards);
}

/** The test files count as inputs, whether the task declares them or not. */
function remade(before: GraphTask, name: string, task: Task, needs: readonly string[]): GraphTask {
  const { patterns } = parseTaskPatterns(before.name, task, before.path);
  const files = task.expansion?.files ?? [];
  const claims = files.flatMap((file): Claim[] => literalClaim(file, [...before.path, "testFiles"]));
  const inputs = patterns.inputs && [...patterns.inputs, ...claims];
  return { ...before, name, task, needs, patterns: { ...patterns, inputs } };
}

/** A file's own name, also when it has characters that patterns use. */
function literalClaim(file: string, path: Claim["path"]): Claim[] {
  const parsed = parsePattern("x");
  if (!parsed.ok || parsed.pattern.kind === "glob") return [];
  const entersModules = file.split("/").includes("node_modules");
  return [{ pattern: { ...parsed.pattern, text: file, base: file, entersModules }, path }];
}

interface Numbers {
  readonly shard?: number;
  readonly shards?: number;
}

function fill(run: Command, files: readonly string[] | undefined, numbers: Numbers): Command {
  const safe = files?.map((file) => (file.startsWith("-") ? `./${file}` : file));
  if (typeof run !== "string") {
    const words = run.flatMap((word) => (word === "{files}" && safe ? safe : [fillNumbers(word, numbers)]));
    return words as unknown as Command;
  }
  const filled = fillNumbers(run, numbers);
  return safe === undefined ? filled : filled.replaceAll("{files}", () => safe.map(shellWord).join(" "));
}

function fillNumbers(text: string, { shard, shards }: Numbers): string {
  if (shard === undefined) return text;
  return text.replaceAll("{shards}", String(shards)).replaceAll("{shard}", String(shard));
}

function shellWord(text: string): string {
  return /^[\w./@:+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The reports of these shards. */
function fillReports({ junit, tap, coverage }: TaskReports, numbers: readonly Numbers[]): TaskReports {
  const each = (paths: string | readonly string[]): string[] =>
    numbers.flatMap((each) => [paths].flat().map((path) => fillNumbers(path, each)));
  const { lcov, cobertura, ...minimum } = coverage ?? {};
  return {
    ...(junit && { junit: each(junit) }),
    ...(tap && { tap: each(tap) }),
    ...(lcov && { coverage: { lcov: each(lcov), ...minimum } }),
    ...(cobertura && { coverage: { cobertura: each(cobertura), ...minimum } }),
  };
}
