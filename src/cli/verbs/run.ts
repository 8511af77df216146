import { defineVerb } from "../verb.ts";
import { runAsBefore } from "./run/run-as-before.ts";
import { runOptions } from "./run/run-options.ts";

export const run = defineVerb({
  name: "run",
  summary: "Run the pipeline, or only the named tasks and what they need",
  usage: ["run [task…] [options]"],
  description:
    "Tasks run in parallel, each after the ones it needs. A result is taken from the cache only if nothing that\n" +
    "could change it has changed. Ctrl-C ends the run and all its processes.",
  examples: [
    { command: "tidegate run", explains: "the whole pipeline" },
    {
      command: "tidegate run test --explain",
      explains: "test and what it needs, explaining in full why each of them runs",
    },
    { command: "tidegate run --confine staged", explains: "each task in a tree with nothing but its declared inputs" },
    {
      command: "tidegate run --audit test",
      explains: "what test reads and writes, and the lines to add to the definition",
    },
    { command: "tidegate run --watch test", explains: "test and what it needs, again after each save" },
    {
      command: "tidegate run test --affected",
      explains: "test in the packages that the branch has changed, and in those that depend on them",
    },
    {
      command: "tidegate run build --filter web...",
      explains: "build in the package web and in everything it depends on",
    },
    { command: "tidegate run --json | jq .type", explains: "the events, one per line" },
  ],
  arguments: [{ name: "task", summary: "The tasks to run; default: all", many: true }],
  options: runOptions,
  run: async (context, call) => {
    const asBefore = await runAsBefore(context, call);
    if (asBefore !== undefined) return asBefore;
    const { runTasks } = await import("./run/run-tasks.ts");
    return runTasks(context, call);
  },
});
