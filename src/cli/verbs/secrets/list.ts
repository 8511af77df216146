import { listSecrets } from "../../../app/secrets/list.ts";
import { openSecrets } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { table, widthOf } from "../../render/table.ts";
import { tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const list = defineVerb({
  name: "list",
  summary: "Show which secrets there are and where each one comes from; never a value",
  usage: ["secrets list [environment…]"],
  description: "Needs no key: names are in plain text in the files. Commands and Vault are not called.",
  examples: [
    { command: "tidegate secrets list", explains: "every environment" },
    { command: "tidegate secrets list production --json", explains: "one environment, for a program" },
  ],
  arguments: [{ name: "environment", summary: "Which environment, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(portsOf(context));
    const listed = session.ok ? await listSecrets(session.value, asked) : session;
    if (!listed.ok) return reportFailures(context, listed.failures);
    const rows = listed.value;
    const head = ["ENVIRONMENT", "KEY", "FROM", "WHERE"];
    const lines = table(
      [
        head,
        ...rows.map(({ environment, key, from, where, declared }) => [
          environment,
          key,
          declared ? from : `${from} (not declared)`,
          where,
        ]),
      ],
      "",
      widthOf(context.stdout),
    );
    tell(context, { type: "secretsList", secrets: rows }, rows.length === 0 ? ["The project has no secrets."] : lines);
    return exitCodes.done;
  },
});
