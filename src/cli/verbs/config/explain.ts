import { explainConfig } from "../../../app/config/explain.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { lines, record } from "../../render/lines/config-explanation.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { defineVerb } from "../../verb.ts";

export const explain = defineVerb({
  name: "explain",
  summary: "Show every layer's value of a key, which one wins, and where it is written",
  usage: ["config explain <key> [options]"],
  description:
    "The layers, the lowest first: the schema's default, the environment's own value (for keys declared differs), the secret's\n" +
    "source, a value set by hand for one deployment. The highest layer that has a value wins.",
  examples: [
    { command: "tidegate config explain LOG_LEVEL", explains: "in all environments" },
    { command: "tidegate config explain SESSION_KEY --env production", explains: "where a secret comes from" },
    {
      command: "tidegate config explain LOG_LEVEL --set LOG_LEVEL=debug",
      explains: "what a deployment with that setting would get",
    },
  ],
  arguments: [{ name: "key", summary: "The config key", required: true }],
  options: {
    env: { kind: "text", value: "NAME", summary: "Only this environment", short: "e" },
    set: { kind: "text", value: "KEY=VALUE", summary: "As if a deployment had it; repeatable", many: true },
  },
  run: async (context, { arguments: [key = ""], options }) => {
    const request = { key, environment: options.env, set: options.set };
    const explained = await explainConfig(portsOf(context), request);
    if (!explained.ok) return reportFailures(context, explained.failures);
    if (context.json) for (const one of explained.value) context.stdout.write(`${JSON.stringify(record(one))}\n`);
    else context.stdout.write(`${explained.value.map((one) => lines(one, context).join("\n")).join("\n\n")}\n`);
    return exitCodes.done;
  },
});
