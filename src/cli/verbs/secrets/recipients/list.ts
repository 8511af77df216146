import { recipientsOf, recipientsOfFile } from "@tidegate/sops";
import { choosePlaces } from "../../../../app/secrets/choose-place.ts";
import { nameOf, signersOf } from "../../../../app/secrets/people.ts";
import { openSecrets, type SecretsSession } from "../../../../app/secrets/session.ts";
import { viewPlaces } from "../../../../app/secrets/standing.ts";
import { exitCodes } from "../../../../errors/exit-code.ts";
import { ok, type Result } from "../../../../errors/result.ts";
import { ruleOf } from "../../../../secrets/files/rule-of.ts";
import { reportFailures } from "../../../render/report-failures.ts";
import { table } from "../../../render/table.ts";
import { tell } from "../../../render/tell.ts";
import { defineVerb } from "../../../verb.ts";

export const list = defineVerb({
  name: "list",
  summary: "Show who can read which secrets file, and who should",
  usage: ["secrets recipients list [environment…]"],
  examples: [
    { command: "tidegate secrets recipients list production", explains: "by .sops.yaml and by the file itself" },
  ],
  arguments: [{ name: "environment", summary: "Which, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const rows = await recipientRows(session.value, asked);
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
      table([["ENVIRONMENT", "WHO", "MAY READ", "CAN READ"], ...lines]),
    );
    return exitCodes.done;
  },
});

interface RecipientRow {
  readonly environment: string;
  readonly who: string;
  readonly recipient: string;
  /** By .sops.yaml. */
  readonly policy: boolean;
  /** Absent: there is no file. */
  readonly file?: boolean;
}

async function recipientRows(session: SecretsSession, asked: readonly string[]): Promise<Result<RecipientRow[]>> {
  const places = choosePlaces(session, asked);
  if (!places.ok) return places;
  const [views, signers] = await Promise.all([viewPlaces(session, places.value), signersOf(session)]);
  if (!views.ok || !signers.ok) return views.ok ? (signers as Result<never>) : views;
  const rows: RecipientRow[] = [];
  for (const { place, path, stored } of views.value) {
    const rule = await ruleOf(path);
    if (!rule.ok) return rule;
    const may = rule.value === undefined ? [] : recipientsOf(rule.value.rule).map(({ id }) => id);
    const can = stored === undefined ? undefined : recipientsOfFile(stored.file).map(({ id }) => id);
    for (const recipient of new Set([...may, ...(can ?? [])])) {
      const file = can === undefined ? {} : { file: can.includes(recipient) };
      rows.push({
        environment: place,
        who: nameOf(signers.value, recipient),
        recipient,
        policy: may.includes(recipient),
        ...file,
      });
    }
  }
  return ok(rows);
}
