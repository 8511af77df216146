import { addRecipient } from "../../../../app/secrets/people/add-recipient.ts";
import { openSecrets, shownPath } from "../../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../../../errors/result.ts";
import { portsOf } from "../../../context.ts";
import { tellNotices } from "../../../render/progress-line.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { done, tell } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";
import { environments } from "./environments-option.ts";

export const add = defineVerb({
  name: "add",
  summary: "Let somebody read secrets and, with a signing key, write them",
  usage: ["secrets recipients add [NAME] RECIPIENT [SIGNING-KEY] [--name NAME] [--env ENVIRONMENT]"],
  description:
    "Changes .sops.yaml, encrypts the data keys of the files for them, and adds them to the signers file. What `recipients me` prints\n" +
    "can be passed as it is. If the name already has another key, this one replaces it: the old one can no longer read anything.",
  examples: [
    {
      command: "tidegate secrets recipients add ada age1… tgsign1…",
      explains: "what ada's `recipients me` prints",
    },
    {
      command: "tidegate secrets recipients add age1… --env staging",
      explains: "somebody who only reads, and only there",
    },
  ],
  arguments: [
    {
      name: "RECIPIENT",
      summary: "Their age recipient, age1…, and their signing key, tgsign1…, without which they only read",
      required: true,
      many: true,
    },
  ],
  options: { name: { kind: "text", value: "NAME", summary: "Their name in the signers file" }, env: environments },
  run: async (context, { arguments: words, options }) => {
    const line = readLine(words, options.name);
    if (!line.ok) return reportFailures(context, line.failures);
    const { recipient } = line.value;
    const session = await openSecrets(portsOf(context), tellNotices(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const added = await addRecipient(session.value, line.value, options.env);
    if (!added.ok) return reportFailures(context, added.failures);
    const lines = added.value.map((path) => done(context, `changed ${shownPath(session.value, path)}`));
    tell(
      context,
      { type: "recipientAdded", recipient, files: added.value },
      lines.length === 0 ? ["Nothing had to be changed."] : lines,
    );
    return exitCodes.done;
  },
});

interface Line {
  readonly recipient: string;
  readonly signingKey?: string;
  readonly name?: string;
}

/** A line of the signers file, in words or as one; its name may be left away, and given by the option. */
function readLine(given: readonly string[], named: string | undefined): Result<Line> {
  const words = given.flatMap((one) => one.split(/\s+/)).filter((word) => word !== "");
  const [first = ""] = words;
  const isNamed = words.length > 1 && !/^(age1|ssh-)/i.test(first) && /^(age1|ssh-)/i.test(words[1]!);
  const [recipient = "", signingKey, ...others] = isNamed ? words.slice(1) : words;
  const name = named ?? (isNamed ? first : undefined);
  if (others.length > 0)
    return failed({
      code: "bad-arguments",
      message: "Give a name, a recipient and a signing key, and nothing else",
      hint: "Add one at a time: `tidegate secrets recipients add NAME age1… tgsign1…`.",
    });
  return ok({ recipient, ...(signingKey !== undefined && { signingKey }), ...(name !== undefined && { name }) });
}
