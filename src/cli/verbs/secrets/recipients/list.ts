import { listRecipients } from "../../../../app/secrets/people/recipients.ts";
import { openSecrets } from "../../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { portsOf } from "../../../context.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { table, widthOf } from "../../../render/table.ts";
import { tell } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";

export const list = defineVerb({
  name: "list",
  summary: "Show who can read which secrets file, and who should",
  usage: ["secrets recipients list [environment…]"],
  examples: [
    {
      command: "tidegate secrets recipients list production",
      explains: "according to .sops.yaml, and according to the file itself",
    },
  ],
  arguments: [{ name: "environment", summary: "Which environment, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const rows = await listRecipients(session.value, asked);
    if (!rows.ok) return reportFailures(context, rows.failures);
    const lines = rows.value.map(({ environment, who, policy, file }) => [
      environment,
      who,
      policy ? "yes" : "no",
      file === undefined ? "no file" : file ? "yes" : "no",
    ]);
    tell(
      context,
      { type: "secretsRecipients", recipients: rows.value },
      table([["ENVIRONMENT", "WHO", "MAY READ", "CAN READ"], ...lines], "", widthOf(context.stdout)),
    );
    return exitCodes.done;
  },
});
