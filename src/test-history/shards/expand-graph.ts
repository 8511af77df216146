import type { Problem } from "../../definition/problem.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { BuiltGraph, Graph, GraphTask } from "../../graph/graph.ts";
import { type Claim, parseTaskPatterns } from "../../graph/patterns/task-patterns.ts";
import { rebase } from "../../graph/workspace/rebase.ts";
import { InputFinder } from "../../inputs/gather-inputs.ts";
import { narrowTo, shardsOf, withFiles } from "./expand-task.ts";
import { planShards, readShardPlan, type ShardPlan, saveShardPlan } from "./shard-plan.ts";

export interface ExpandOptions {
  readonly projectFolder: string;
  /** Where the plans of shards are kept. */
  readonly shardsFolder: string;
  /** Of these tasks only these test files, as far as they are still there; for all others every one. */
  readonly only?: ReadonlyMap<string, readonly string[]>;
}

export interface ExpandedGraph extends BuiltGraph {
  /** By task: which shard each file is in. Whoever runs the graph keeps them. */
  readonly plans: ReadonlyMap<string, ShardPlan>;
}

/**
 * Puts test files into the commands of tasks that want them, and shards in the place of tasks that are divided. What needs
 * a divided task needs its whole. Reads folders and the plans that are kept; writes nothing.
 */
export function expandTests(graph: Graph, options: ExpandOptions): ExpandedGraph {
  const files = findTestFiles(graph, options.projectFolder);
  const problems = [...files.values()].flatMap((found) => found.problems);
  const plans = new Map<string, ShardPlan>();
  const tasks = [...graph.values()].flatMap((task) => {
    const found = files.get(task.name);
    return found !== undefined && found.problems.length > 0 ? [task] : expand(task, found?.files, options, plans);
  });
  return { graph: new Map(tasks.map((task) => [task.name, task])), problems, plans };
}

function expand(
  task: GraphTask,
  files: readonly string[] | undefined,
  { shardsFolder, only }: ExpandOptions,
  plans: Map<string, ShardPlan>,
): readonly GraphTask[] {
  const { shards } = task.task;
  if (shards === undefined) return files === undefined ? [task] : [narrowed(withFiles(task, files), task, only)];
  if (files === undefined) return shardsOf(task, shards, undefined);
  const plan = planShards(readShardPlan(shardsFolder, task.name), files, shards);
  plans.set(task.name, plan);
  const { assignment } = plan;
  const expanded = shardsOf(task, assignment.length, assignment);
  return expanded.map((each) => (each.task.expansion?.role === "shard" ? narrowed(each, task, only) : each));
}

/** The task with those of its files that are wanted. */
function narrowed(expanded: GraphTask, before: GraphTask, only: ExpandOptions["only"]): GraphTask {
  const { expansion } = expanded.task;
  const wanted = only?.get(expanded.name);
  const all = expansion?.files ?? [];
  const left = wanted?.filter((file) => all.includes(file)) ?? [];
  // A file that is no longer there may have been renamed: then all are run.
  if (wanted === undefined || left.length === 0 || left.length < wanted.length || left.length === all.length)
    return expanded;
  return narrowTo(expanded, before, left);
}

interface TestFilesFound {
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

function findTestFiles(graph: Graph, projectFolder: string): Map<string, TestFilesFound> {
  const askers = [...graph.values()].filter(({ task }) => task.testFiles !== undefined).map(askerOf);
  if (askers.length === 0) return new Map();
  const gathered = new InputFinder(projectFolder, graph).gather(askers.map(({ asker }) => asker));
  return new Map(
    askers.map(({ asker, problems }) => {
      const { files, problems: found } = gathered.get(asker.name)!;
      const paths = [...files.values()].filter(({ stat }) => stat !== undefined).map(({ path }) => path);
      const all = [...problems, ...found];
      const missing = paths.length === 0 && all.length === 0 ? [noTestFile(asker)] : [];
      return [asker.name, { files: paths.sort(byCodeUnit), problems: [...all, ...missing] }] as const;
    }),
  );
}

/** A task that reads the test files and nothing else, so that they are found as inputs are. */
function askerOf(task: GraphTask): { readonly asker: GraphTask; readonly problems: readonly Problem[] } {
  const { package: of } = task;
  const path = [...(of?.path ?? task.path), "testFiles"];
  const parsed = parseTaskPatterns(task.name, { kind: "task", run: ["true"], inputs: task.task.testFiles ?? [] }, []);
  const at = (place: Problem["path"]) => [...path, ...place.slice(1)];
  const inputs = parsed.patterns.inputs?.map((claim): Claim => {
    const told = { ...claim, path: at(claim.path) };
    // Packages share the patterns: each needs some of the files.
    return of === undefined ? told : { ...told, pattern: rebase(claim.pattern, of.folder), demand: "none" };
  });
  const asker = { ...task, task: { kind: "task", run: ["true"] } as const, patterns: { ...parsed.patterns, inputs } };
  return { asker, problems: parsed.problems.map((problem) => ({ ...problem, path: at(problem.path) })) };
}

function noTestFile({ name, path, package: of }: GraphTask): Problem {
  const message = `The testFiles of "${name}" match no file`;
  const hint =
    of === undefined
      ? "Correct the patterns."
      : `Correct the patterns, or leave the package out: packages: ["!${of.name}"]`;
  return { code: "no-such-input", path: [...(of?.path ?? path), "testFiles"], message, hint };
}

/** Keeps where each test file is run. @throws the system's error. */
export function keepPlans(shardsFolder: string, plans: ReadonlyMap<string, ShardPlan>): void {
  for (const [task, plan] of plans) saveShardPlan(shardsFolder, task, plan);
}
