import { removeRecipient } from "../../../../app/secrets/people/remove-person.ts";
import { openSecrets } from "../../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { portsOf } from "../../../context.ts";
import { tellNotices } from "../../../render/progress-line.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { table } from "../../../render/table.ts";
import { done, note, tell, warning } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";
import { environments } from "./environments-option.ts";

export const remove = defineVerb({
  name: "remove",
  summary: "Take somebody's access away, and say what has to be renewed because they could read it",
  usage: ["secrets recipients remove NAME|RECIPIENT [--env ENVIRONMENT] [--plan]"],
  description:
    "Changes .sops.yaml and the signers file, and gives the files a new data key. Whoever could read a value may still know it:\n" +
    "each one is noted in secrets/renewals.json until `secrets set` gives it another; `secrets check` shows what is open.",
  examples: [
    { command: "tidegate secrets recipients remove ada --plan", explains: "what ada could read; changes nothing" },
    { command: "tidegate secrets recipients remove ada", explains: "everywhere" },
  ],
  arguments: [{ name: "NAME|RECIPIENT", summary: "Who", required: true }],
  options: { env: environments, plan: { kind: "flag", summary: "Only say what would be done" } },
  run: async (context, { arguments: [who = ""], options }) => {
    const session = await openSecrets(portsOf(context), tellNotices(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const plan = await removeRecipient(session.value, { who, asked: options.env, plan: options.plan });
    if (!plan.ok) return reportFailures(context, plan.failures);
    const { person, opened, renew } = plan.value;
    const record = {
      type: options.plan ? "removalPlanned" : "recipientRemoved",
      person: person.shown,
      recipient: person.recipient,
      renew,
    };
    const head = options.plan
      ? `${person.shown} would no longer read these, and may know them:`
      : done(context, `${person.shown} can no longer read what is written from now on. These have to be renewed:`);
    tell(
      context,
      record,
      renew.length === 0
        ? [`${person.shown} could read no secret.`]
        : [
            head,
            ...table(
              renew.map(({ place, key }) => [place, key]),
              "    ",
            ),
          ],
    );
    const forgotten = opened.filter((one) => one.isForgotten === true).map(({ place }) => place);
    for (const place of forgotten)
      note(
        context,
        warning(context, `${place} belongs to no environment: renew its values where they are used, or delete it`),
      );
    if (!options.plan && renew.some(({ place }) => !forgotten.includes(place)))
      note(context, "Noted in renewals.json; `tidegate secrets set KEY --env …` marks each as done.");
    return exitCodes.done;
  },
});
