import { whoAmI } from "../../../../app/secrets/people/recipients.ts";
import { openSecrets } from "../../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { portsOf } from "../../../context.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { tell } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";

export const me = defineVerb({
  name: "me",
  summary: "Print your line for the signers file: your name, recipient and signing key",
  usage: ["secrets recipients me"],
  description: "Give it to somebody who can read the secrets; it contains nothing secret.",
  examples: [{ command: "tidegate secrets recipients me", explains: "for a colleague to add" }],
  options: {},
  run: async (context) => {
    const session = await openSecrets(portsOf(context));
    const known = session.ok ? await whoAmI(session.value) : session;
    if (!known.ok) return reportFailures(context, known.failures);
    const own = known.value;
    tell(context, { type: "secretsIdentity", ...own }, [`${own.name} ${own.recipient} ${own.signingKey}`]);
    return exitCodes.done;
  },
});
