import { showTaskLog } from "../logs/show-task-log.ts";
import { openProject } from "../open-project.ts";
import { reportFailures } from "../report-failures.ts";
import { defineVerb } from "../verb.ts";

export const logs = defineVerb({
  name: "logs",
  summary: "Show what a task wrote",
  usage: ["logs <task> [--run ID]"],
  description: "Of a task that came from the cache, this is what it wrote when it was run.",
  examples: [
    { command: "tidegate logs test", explains: "all that test wrote in the last run" },
    { command: "tidegate logs test --run 12 > test.log", explains: "the same of run 12, byte for byte" },
  ],
  arguments: [{ name: "task", summary: "The task that wrote it", required: true }],
  options: {
    run: { kind: "text", value: "ID", summary: "The run's number", default: "last" },
  },
  run: async (context, { arguments: [task], options }) => {
    const opened = await openProject(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    return showTaskLog(context, { stateFolder: opened.value.stateFolder, task: task!, run: options.run });
  },
});
