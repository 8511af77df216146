import { readFileSync } from "node:fs";
import { defineProject, task } from "../../src/definition/builders.ts";
import type { Task, TaskOptions } from "../../src/definition/types.ts";
import { runPipeline } from "../../src/run/run.ts";
import { withCacheKey } from "../support/cache-key.ts";

/**
 * Runs the pipeline in `pipeline.json` of a folder, in a process of its own: one event or result per line of output.
 * `needs` are names there.
 */
const [folder = "."] = process.argv.slice(2);
const text = readFileSync(`${folder}/pipeline.json`, "utf8");
const described = JSON.parse(text) as Record<
  string,
  Omit<TaskOptions, "needs"> & { readonly needs?: readonly string[] }
>;
const pipeline: Record<string, Task> = {};
for (const [name, { needs = [], ...options }] of Object.entries(described))
  pipeline[name] = task({ ...options, needs: needs.map((need) => pipeline[need]!) });

const result = await runPipeline({
  projectFolder: folder,
  project: defineProject({ name: "child", pipeline }),
  environment: { ...process.env, ...withCacheKey },
  emit: (event) => console.log(JSON.stringify(event)),
  onWaiting: () => console.log(JSON.stringify({ type: "waiting" })),
});
const answer = result.ok
  ? { type: "result", outcome: result.value.outcome }
  : { type: "failed", failures: result.failures };
console.log(JSON.stringify(result.ok ? { ...answer, troubles: result.value.troubles } : answer));
