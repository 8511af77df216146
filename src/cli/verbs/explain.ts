import { defineVerb } from "../verb.ts";
import { explainDeployment } from "./explain/explain-deployment.ts";
import { explainTask } from "./explain/explain-task.ts";

export const explain = defineVerb({
  name: "explain",
  summary: "Say why a task ran or did not, or what happened in a deployment",
  usage: ["explain <task> [--run ID]", "explain <deployment>"],
  description:
    "Of a task: what was decided for it in a run (from the cache or not, and the first input that had changed; skipped,\n" +
    "queued, selected), and why. A name that many tasks share means all of them.\n" +
    "Of a deployment, named by its number: every step again, why it was taken out, and the evidence.",
  examples: [
    { command: "tidegate explain test", explains: "why test ran or did not in the last run" },
    { command: "tidegate explain test --run 12 --json", explains: "everything that is recorded of it in run 12" },
    { command: "tidegate explain 7", explains: "what happened in deployment 7 (see tidegate history)" },
  ],
  arguments: [{ name: "task", summary: "The task, or the number of a deployment", required: true }],
  options: {
    run: { kind: "text", value: "ID", summary: "The run's number", default: "last" },
  },
  run: async (context, { arguments: [task], options }) => {
    if (/^#?\d+$/.test(task!)) return explainDeployment(context, Number(task!.replace("#", "")));
    return explainTask(context, task!, options.run);
  },
});
