import { exitCodes } from "../../errors/exit-code.ts";
import { ok, type Result } from "../../errors/result.ts";
import { recipientsOfFile } from "../../secrets/files/recipients.ts";
import { ruleOf } from "../../secrets/files/rule-of.ts";
import { table } from "../render/table.ts";
import { reportFailures } from "../report-failures.ts";
import { defineVerb } from "../verb.ts";
import { addRecipient } from "./add-recipient.ts";
import { applyPolicy } from "./apply-policy.ts";
import { choosePlaces } from "./choose-place.ts";
import { nameOf, ownKeys, ownName, signersOf } from "./people.ts";
import { planRemoval, removePerson } from "./remove-person.ts";
import { openSecrets, type SecretsSession, shownPath } from "./session.ts";
import { viewPlaces } from "./standing.ts";
import { done, note, tell, warning } from "./tell.ts";
import { withSecretsLock } from "./with-lock.ts";

const environments = {
  kind: "text",
  short: "e",
  value: "ENVIRONMENT",
  summary: "Only there, or shared; may be given several times; default: everywhere",
  many: true,
} as const;

const list = defineVerb({
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

const me = defineVerb({
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
    const { signerOf } = await import("../../secrets/signing/signing-key.ts");
    const own = {
      name: await ownName(session.value),
      recipient: identity.recipient,
      signingKey: signerOf(identity, "").publicKey,
    };
    tell(context, { type: "secretsIdentity", ...own }, [`${own.name} ${own.recipient} ${own.signingKey}`]);
    return exitCodes.done;
  },
});

const add = defineVerb({
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
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const places = choosePlaces(session.value, linesOf(options.env));
    if (!places.ok) return reportFailures(context, places.failures);
    const call = {
      recipient,
      places: places.value,
      ...(signingKey !== undefined && { signingKey }),
      ...(options.name !== undefined && { name: options.name }),
    };
    const added = await withSecretsLock(session.value, () => addRecipient(session.value, call));
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

const remove = defineVerb({
  name: "remove",
  summary: "Take somebody's access away, and say what has to be renewed because they could read it",
  usage: ["secrets recipients remove NAME|RECIPIENT [--env ENVIRONMENT] [--plan]"],
  description:
    "Changes .sops.yaml and the signers file, and gives the files a new data key. Who could read a value may still know it:\n" +
    "each one is noted in secrets/renewals.json until `secrets set` gives it another; `secrets check` shows what is open.",
  examples: [
    { command: "tidegate secrets recipients remove ada --plan", explains: "what ada could read; changes nothing" },
    { command: "tidegate secrets recipients remove ada", explains: "everywhere" },
  ],
  arguments: [{ name: "NAME|RECIPIENT", summary: "Who", required: true }],
  options: { env: environments, plan: { kind: "flag", summary: "Only say what would be done" } },
  run: async (context, { arguments: [who = ""], options }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const places = choosePlaces(session.value, linesOf(options.env));
    if (!places.ok) return reportFailures(context, places.failures);
    const plan = await planRemoval(session.value, who, places.value);
    if (!plan.ok) return reportFailures(context, plan.failures);
    if (!options.plan) {
      const removed = await withSecretsLock(session.value, () => removePerson(session.value, plan.value));
      if (!removed.ok) return reportFailures(context, removed.failures);
    }
    const { person, renew } = plan.value;
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
    if (!options.plan && renew.length > 0)
      note(context, "Noted in renewals.json; `tidegate secrets set KEY --env …` marks each as done.");
    return exitCodes.done;
  },
});

const apply = defineVerb({
  name: "apply",
  summary: "Bring the files in line with .sops.yaml after it was edited",
  usage: ["secrets recipients apply [environment…]"],
  description:
    "Where somebody is no longer named, the file gets a new data key, and what they could read is noted for renewal.",
  examples: [{ command: "tidegate secrets recipients apply", explains: "like `sops updatekeys`, for every file" }],
  arguments: [{ name: "environment", summary: "Which, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const places = choosePlaces(session.value, asked);
    if (!places.ok) return reportFailures(context, places.failures);
    const applied = await withSecretsLock(session.value, () => applyPolicy(session.value, places.value));
    if (!applied.ok) return reportFailures(context, applied.failures);
    const changed = applied.value.filter((one) => one.added + one.removed > 0);
    const lines = changed.map(({ path, added, removed }) =>
      done(context, `${shownPath(session.value, path)}: ${added} more, ${removed} fewer`),
    );
    tell(
      context,
      { type: "recipientsApplied", files: applied.value },
      lines.length === 0 ? ["Every file is as .sops.yaml says."] : lines,
    );
    if (changed.some(({ removed }) => removed > 0))
      note(context, warning(context, "What they could read has to be renewed: `tidegate secrets check` shows it."));
    return exitCodes.done;
  },
});

export const recipients = defineVerb({
  name: "recipients",
  summary: "Say who can read and write the secrets",
  usage: ["secrets recipients list|me|add|remove|apply …"],
  examples: [{ command: "tidegate secrets recipients list", explains: "who can read what" }],
  options: {},
  verbs: [list, me, add, remove, apply],
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
  const { recipientsOf } = await import("../../secrets/policy/compare-recipients.ts");
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

function linesOf(option: string | undefined): string[] {
  return option === undefined ? [] : option.split("\n");
}
