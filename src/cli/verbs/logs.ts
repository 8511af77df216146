import { logs as findLogs } from "../../app/logs/logs.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { portsOf } from "../context.ts";
import { reportFailures } from "../render/report-failures.ts";
import { defineVerb } from "../verb.ts";
import { showInstanceLogs } from "./logs/show-instance-logs.ts";
import { showTaskLog } from "./logs/show-task-log.ts";

export const logs = defineVerb({
  name: "logs",
  summary: "Show what a task or a service wrote",
  usage: ["logs <task> [--run ID] [--service NAME]", "logs <environment> [--instance ID] [--lines N] [--follow]"],
  description:
    "Of a task that came from the cache, this is what it wrote when it was run. Of an environment, the last lines of\n" +
    "each running instance, with secrets redacted. A name that is both means the task; say --instance or --follow then.",
  examples: [
    { command: "tidegate logs test", explains: "all that test wrote in the last run" },
    { command: "tidegate logs test --run 12 > test.log", explains: "the same of run 12, byte for byte" },
    { command: "tidegate logs test --service database", explains: "what the database wrote that ran beside test" },
    { command: "tidegate logs production --follow", explains: "what production's instances write, until Ctrl-C" },
    { command: "tidegate logs production --instance d7-web-1", explains: "of one instance, also when it has ended" },
  ],
  arguments: [{ name: "task", summary: "The task or the environment that wrote it", required: true }],
  options: {
    run: { kind: "text", value: "ID", summary: "The run's number", default: "last" },
    service: { kind: "text", value: "NAME", summary: "Of the task, what this service beside it wrote" },
    instance: { kind: "text", value: "ID", summary: "Only this instance, or the instances of this service" },
    lines: { kind: "number", value: "N", summary: "How many of the last lines", default: 100 },
    follow: { kind: "flag", short: "f", summary: "Go on with what comes" },
  },
  run: async (context, { arguments: [name = ""], options }) => {
    const found = await findLogs(portsOf(context), { name, ...options });
    if (!found.ok) return reportFailures(context, found.failures);
    if (found.value.of === "instances") return showInstanceLogs(context, found.value);
    showTaskLog(context, found.value, options.service);
    return exitCodes.done;
  },
});
