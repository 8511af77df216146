import { ownKeys, ownName } from "../../../../app/secrets/people.ts";
import { openSecrets } from "../../../../app/secrets/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { tell } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";

export const me = defineVerb({
  name: "me",
  summary: "Print your line for the signers file: your name, recipient and signing key",
  usage: ["secrets recipients me"],
  description: "Give it to somebody who may read the secrets; it holds nothing secret.",
  examples: [{ command: "tidegate secrets recipients me", explains: "to be added by a colleague" }],
  options: {},
  run: async (context) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const keys = await ownKeys(session.value);
    const [identity] = keys.ok ? keys.value : [];
    if (identity === undefined) {
      return reportFailures(context, [
        { code: "secrets-no-key", message: "You have no age key", hint: "Make one: `tidegate secrets init`." },
      ]);
    }
    const { signerOf } = await import("@tidegate/sops");
    const own = {
      name: await ownName(session.value),
      recipient: identity.recipient,
      signingKey: signerOf(identity, "").publicKey,
    };
    tell(context, { type: "secretsIdentity", ...own }, [`${own.name} ${own.recipient} ${own.signingKey}`]);
    return exitCodes.done;
  },
});
