import { task } from "../../src/definition/builders.ts";
import type { Task } from "../../src/definition/types.ts";
import { buildGraph } from "../../src/graph/graph.ts";
import { findConflicts } from "../../src/graph/outputs/output-conflicts.ts";
import { Schedule } from "../../src/run/execute/schedule.ts";

/**
 * Plans one graph of so many tasks, in a process of its own: builds it, looks for what is wrong with it, and goes
 * through it in the order it would run. Prints milliseconds and megabytes.
 */
const count = Number(process.argv[2]);
const begun = performance.now();
const { graph, problems } = buildGraph(pipelineOf(count));
const wrong = [...problems, ...findConflicts(graph)];
if (wrong.length > 0) throw new Error(wrong[0]!.message);
const schedule = new Schedule(graph, 8);
let started = 0;
for (let name = schedule.start(); name !== undefined; name = schedule.start()) {
  started += 1;
  schedule.finish(name, true);
}
if (started !== count) throw new Error(`${started} of ${count} tasks could be started`);
const took = performance.now() - begun;
console.log(JSON.stringify({ ms: took, megabytes: process.resourceUsage().maxRSS / 1024 }));

/** Each task needs two that stand above it, so that the graph is about log₂ n deep and has many ways through it. */
function pipelineOf(size: number): Record<string, Task> {
  const tasks: Task[] = [];
  for (let index = 0; index < size; index += 1) {
    const above = new Set([Math.floor((index - 1) / 2), Math.floor((index - 1) / 3)].filter((each) => each >= 0));
    const needs = [...above].map((each) => tasks[each]!);
    const folder = `packages/p${index}`;
    tasks.push(
      task({
        run: "make",
        needs,
        inputs: [`${folder}/src/**`, `${folder}/package.json`],
        outputs: [`${folder}/dist/`],
      }),
    );
  }
  return Object.fromEntries(tasks.map((each, index) => [`t${index}`, each]));
}
