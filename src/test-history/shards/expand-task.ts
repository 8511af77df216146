import type { Expansion, Task, TaskReports } from "../../definition/types.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { parsePattern } from "../../graph/patterns/pattern.ts";
import { type Claim, parseTaskPatterns } from "../../graph/patterns/task-patterns.ts";
import { rebasePatterns } from "../../graph/workspace/rebase.ts";
import type { Assignment } from "./assign-files.ts";
import { fillNumbers, type Numbers } from "./fill.ts";
import { type Commands, filledCommands } from "./filled-commands.ts";

/** What a task with `testFiles` becomes when it is not divided: the same with the files in its command. */
export function withFiles(task: GraphTask, files: readonly string[]): GraphTask {
  const { name, task: own } = task;
  const expansion: Expansion = { role: "files", of: name, run: own.run, files };
  const commands = filledCommands(task, files, {});
  return remade(task, name, { ...own, run: commands.run, expansion }, { needs: task.needs, commands });
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
  const commands = filledCommands(before, files, numbers);
  const task = { ...expanded.task, run: commands.run, expansion: { ...expansion, files, isPart: true } };
  return { ...expanded, task, ...(commands.package && { package: commands.package }) };
}

/** `test` → `test[shard=2]`; `test[node=20]` → `test[node=20,shard=2]`. */
function shardName(task: string, index: number): string {
  return task.endsWith("]") ? `${task.slice(0, -1)},shard=${index}]` : `${task}[shard=${index}]`;
}

function shard(task: GraphTask, index: number, total: number, files: readonly string[] | undefined): GraphTask {
  const { task: own, name } = task;
  const numbers = { shard: index, shards: total };
  const { outputs, reports } = own;
  const commands = filledCommands(task, files, numbers);
  const expansion: Expansion = { role: "shard", of: name, run: own.run, index, total, ...(files && { files }) };
  const made: Task = {
    ...own,
    run: commands.run,
    ...(outputs && { outputs: outputs.map((text) => fillNumbers(text, numbers)) }),
    ...(reports && { reports: fillReports(reports, [numbers]) }),
    expansion,
  };
  const shard = remade(task, shardName(name, index), made, { needs: task.needs, commands });
  return { ...shard, group: task.group ?? name };
}

function whole(task: GraphTask, shards: readonly string[], total: number): GraphTask {
  const { kind, inputs, stage, reports, quarantine, cache, timeout, allowFailure, run } = task.task;
  const numbers = shards.map((_, position) => ({ shard: position + 1, shards: total }));
  const made: Task = {
    kind,
    run: nothing.run,
    ...(inputs && { inputs: [] }),
    ...(stage !== undefined && { stage }),
    ...(reports && {
      reports: { ...fillReports(reports, numbers), ...(reports.merged && { merged: reports.merged }) },
    }),
    ...(quarantine && { quarantine }),
    ...(cache !== undefined && { cache }),
    ...(timeout !== undefined && { timeout }),
    ...(allowFailure !== undefined && { allowFailure }),
    expansion: { role: "whole", of: task.name, run, total },
  };
  const steps = [{ run: nothing.run, isMain: true }] as const;
  const commands = { run: nothing.run, ...(task.package && { package: { ...task.package, steps } }) };
  return remade(task, task.name, made, { needs: shards, commands });
}

/** All is done already by the parts: what the whole gives is the judgement of their reports. */
const nothing = { run: ["true"] } as const;

interface Remade {
  readonly needs: readonly string[];
  readonly commands: Commands;
}

/** The test files count as inputs, whether the task declares them or not. */
function remade(before: GraphTask, name: string, task: Task, { needs, commands }: Remade): GraphTask {
  const { inputs: _, ...written } = writtenBy(before, task);
  const path = before.package?.path ?? before.path;
  const files = task.expansion?.files ?? [];
  const claims = files.flatMap((file): Claim[] => literalClaim(file, [...path, "testFiles"]));
  const isWhole = task.expansion?.role === "whole";
  const inputs = before.patterns.inputs && (isWhole ? [] : [...before.patterns.inputs, ...claims]);
  const patterns = { ...written, inputs };
  return { ...before, name, task, needs, patterns, ...(commands.package && { package: commands.package }) };
}

/** Its paths, with as much demanded of them as before. */
function writtenBy({ name, path, package: of, patterns: before }: GraphTask, task: Task): GraphTask["patterns"] {
  const { patterns } = parseTaskPatterns(name, task, of?.path ?? path);
  if (of === undefined) return patterns;
  const demands = new Map(before.outputs.map((claim) => [claim.path.join("\0"), claim.demand]));
  const demanded = patterns.outputs.map((claim): Claim => {
    const demand = demands.get(claim.path.join("\0"));
    return demand === undefined ? claim : { ...claim, demand };
  });
  return rebasePatterns({ ...patterns, outputs: demanded }, of.folder);
}

/** A file's own name, also when it has characters that patterns use. */
function literalClaim(file: string, path: Claim["path"]): Claim[] {
  const parsed = parsePattern("x");
  if (!parsed.ok || parsed.pattern.kind === "glob") return [];
  const entersModules = file.split("/").includes("node_modules");
  return [{ pattern: { ...parsed.pattern, text: file, base: file, entersModules }, path }];
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
