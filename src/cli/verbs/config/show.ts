import { showConfig } from "../../../app/config/show.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { tell, tellJson } from "../../render/lines/config-standings.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { defineVerb } from "../../verb.ts";

export const show = defineVerb({
  name: "show",
  summary: "Show the value of every key, in one environment or in all",
  usage: ["config show [options]"],
  description: "Secrets are masked: you see whether they have a value, not what it is.",
  examples: [
    { command: "tidegate config show", explains: "all environments side by side" },
    { command: "tidegate config show --env production --json", explains: "one of them, for a script" },
  ],
  options: { env: { kind: "text", value: "NAME", summary: "Only this environment", short: "e" } },
  run: async (context, { options }) => {
    const shown = await showConfig(portsOf(context), { environment: options.env });
    if (!shown.ok) return reportFailures(context, shown.failures);
    const columns = shown.value.map((column) => column.standings);
    const names = shown.value.map((column) => column.environment);
    if (context.json) tellJson(context, columns);
    else tell(context, names, columns);
    return exitCodes.done;
  },
});
