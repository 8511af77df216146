import { exitCodes } from "../../errors/exit-code.ts";
import { explanation } from "../explain/explanation.ts";
import { readTask } from "../logs/task-log.ts";
import { openProject } from "../open-project.ts";
import { reportFailures } from "../report-failures.ts";
import { defineVerb } from "../verb.ts";

export const explain = defineVerb({
  name: "explain",
  summary: "Say why a task ran or did not",
  usage: ["explain <task> [--run ID]"],
  description:
    "Tells what was decided for a task in a run: from the cache or not, and the first input that had changed.",
  examples: [
    { command: "tidegate explain test", explains: "why test ran or did not in the last run" },
    { command: "tidegate explain test --run 12 --json", explains: "everything that is recorded of it in run 12" },
  ],
  arguments: [{ name: "task", summary: "The task to explain", required: true }],
  options: {
    run: { kind: "text", value: "ID", summary: "The run's number", default: "last" },
  },
  run: async (context, { arguments: [task], options }) => {
    const opened = await openProject(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const found = readTask(opened.value.stateFolder, options.run, task!);
    if (!found.ok) return reportFailures(context, found.failures);
    const { record, task: recorded } = found.value;
    if (context.json) {
      context.stdout.write(`${JSON.stringify({ type: "taskExplanation", run: record.run, task, ...recorded })}\n`);
    } else context.stdout.write(`${explanation(task!, record.run, recorded).join("\n")}\n`);
    return exitCodes.done;
  },
});
