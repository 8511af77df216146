import { addRecipient } from "../../../../app/secrets/people/add-recipient.ts";
import { openSecrets, shownPath } from "../../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { portsOf } from "../../../context.ts";
import { tellNotices } from "../../../render/progress-line.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { done, tell } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";
import { environments } from "./environments-option.ts";

export const add = defineVerb({
  name: "add",
  summary: "Let somebody read, and with a signing key also write, secrets",
  usage: ["secrets recipients add RECIPIENT [SIGNING-KEY] [--name NAME] [--env ENVIRONMENT]"],
  description: "Changes .sops.yaml, seals the data keys of the files for them, and adds them to the signers file.",
  examples: [
    {
      command: "tidegate secrets recipients add age1… tgsign1… --name ada",
      explains: "what ada's `recipients me` prints",
    },
    {
      command: "tidegate secrets recipients add age1… --env staging",
      explains: "somebody who only reads, and only there",
    },
  ],
  arguments: [
    { name: "RECIPIENT", summary: "Their age recipient, age1…", required: true },
    { name: "SIGNING-KEY", summary: "Their signing key, tgsign1…; without it they only read" },
  ],
  options: { name: { kind: "text", value: "NAME", summary: "How the signers file calls them" }, env: environments },
  run: async (context, { arguments: [recipient = "", signingKey], options }) => {
    const session = await openSecrets(portsOf(context), tellNotices(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const call = {
      recipient,
      ...(signingKey !== undefined && { signingKey }),
      ...(options.name !== undefined && { name: options.name }),
    };
    const added = await addRecipient(session.value, call, options.env);
    if (!added.ok) return reportFailures(context, added.failures);
    const lines = added.value.map((path) => done(context, `changed ${shownPath(session.value, path)}`));
    tell(
      context,
      { type: "recipientAdded", recipient, files: added.value },
      lines.length === 0 ? ["Everything was so already."] : lines,
    );
    return exitCodes.done;
  },
});
