import { diffConfig } from "../../../app/config/diff.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { record, tell } from "../../render/lines/config-differences.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { defineVerb } from "../../verb.ts";

export const diff = defineVerb({
  name: "diff",
  summary: "Compare the config of two environments",
  usage: ["config diff <first> <second> [options]"],
  description:
    "Shows what is different, and why it may be. Secrets are only compared, by keyed digests: equal, different,\n" +
    "or unreadable if that cannot be determined here.",
  examples: [
    { command: "tidegate config diff staging production", explains: "what differs" },
    { command: "tidegate config diff staging production --all", explains: "including what is equal" },
  ],
  arguments: [
    { name: "first", summary: "An environment", required: true },
    { name: "second", summary: "Another one", required: true },
  ],
  options: { all: { kind: "flag", summary: "Also show what is equal", short: "a" } },
  run: async (context, { arguments: names, options: { all } }) => {
    const [first = "", second = ""] = names;
    const compared = await diffConfig(portsOf(context), { first, second, all });
    if (!compared.ok) return reportFailures(context, compared.failures);
    const shown = compared.value;
    if (context.json) for (const one of shown) context.stdout.write(`${JSON.stringify(record(one, names))}\n`);
    else tell(context, names, shown);
    return exitCodes.done;
  },
});
