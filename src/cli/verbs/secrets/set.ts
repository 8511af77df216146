import { isSamePlain } from "@tidegate/sops";
import { chooseTarget, type Target, valueInCall } from "../../../app/secrets/choose-place.ts";
import { explainNoKey } from "../../../app/secrets/explain-no-key.ts";
import { judgeValue } from "../../../app/secrets/judge-value.ts";
import { openPlace } from "../../../app/secrets/open-place.ts";
import { markRenewed } from "../../../app/secrets/renewal-file.ts";
import { openSecrets, type SecretsSession, sharedPlace, shownPath } from "../../../app/secrets/session.ts";
import { withSecretsLock } from "../../../app/secrets/with-lock.ts";
import { writePlace } from "../../../app/secrets/write-place.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { toPlain } from "../../../secrets/files/values.ts";
import type { SecretData } from "../../../secrets/provider.ts";
import { readHidden } from "../../ask/read-hidden.ts";
import type { Context } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const set = defineVerb({
  name: "set",
  summary: "Give a secret a value, from a hidden prompt or standard input",
  usage: ["secrets set KEY [--env ENVIRONMENT] [--as text|json]"],
  description:
    "The value is never part of the command. It has to fit the key's schema. Of a SOPS file only that value changes; but\n" +
    "to change one, one has to be able to read the file: all its values are sealed with one key.",
  examples: [
    { command: "tidegate secrets set SESSION_KEY --env production", explains: "asks for the value, unseen" },
    {
      command: "openssl rand -hex 32 | tidegate secrets set SESSION_KEY --env staging",
      explains: "takes it from a program",
    },
    {
      command: "tidegate secrets set DATABASE --env staging --as json < database.json",
      explains: "a structured value",
    },
  ],
  arguments: [
    { name: "KEY", summary: "The secret's key in the definition", required: true },
    { name: "value", summary: "Never here: refused, and not repeated", many: true },
  ],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose value; not for shared secrets" },
    as: { kind: "text", value: "KIND", summary: "What the value is", choices: ["text", "json"], default: "text" },
    undeclared: { kind: "flag", summary: "Also a key that the definition does not have" },
  },
  run: async (context, { arguments: [key = "", ...values], options }) => {
    if (values.length > 0) return reportFailures(context, [valueInCall(key)]);
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const target = chooseTarget(session.value, { key, env: options.env, undeclared: options.undeclared });
    if (!target.ok) return reportFailures(context, target.failures);
    const value = await askValue(context, target.value, options.as === "json");
    if (!value.ok) return reportFailures(context, value.failures);
    const outcome = await setValue(session.value, target.value, value.value);
    if (!outcome.ok) return reportFailures(context, outcome.failures);
    tellOutcome(context, session.value, target.value, outcome.value);
    return exitCodes.done;
  },
});

async function askValue(context: Context, { key, place }: Target, isJson: boolean): Promise<Result<SecretData>> {
  const text = await readHidden(context, `${key} of ${place}`);
  if (!text.ok || !isJson) return text;
  try {
    return ok(JSON.parse(text.value) as SecretData);
  } catch {
    // The parser's message quotes the value.
    return failed({ code: "secret-invalid", message: `The value of ${key} is not JSON` });
  }
}

interface SetOutcome {
  readonly path: string;
  readonly change: "added" | "changed" | "same";
  /** Who could read the value before. */
  readonly renewed: readonly string[];
}

async function setValue(session: SecretsSession, target: Target, value: SecretData): Promise<Result<SetOutcome>> {
  const { key, place } = target;
  const judged = await judgeValue(session, target, value);
  if (!judged.ok) return judged;
  return withSecretsLock<SetOutcome>(session, async () => {
    const opened = await openPlace(session, place);
    if (!opened.ok) return explainNoKey(opened, "set");
    const { open, path } = opened.value;
    const before = open.get([key]);
    const plain = toPlain(value);
    if (isSamePlain(before, plain)) return ok({ path, change: "same", renewed: [] });
    const written = await writePlace(session, opened.value, open.with([{ path: [key], value: plain }]));
    if (!written.ok) return written;
    const renewed = markRenewed(session, [{ place, key }]);
    if (!renewed.ok) return renewed;
    const change = before === undefined ? "added" : "changed";
    return ok({ path, change, renewed: renewed.value.map(({ person }) => person) });
  });
}

function tellOutcome(
  context: Context,
  session: SecretsSession,
  { key, place }: Target,
  { path, change, renewed }: SetOutcome,
): void {
  const shown = shownPath(session, path);
  const record = { type: "secretSet", key, environment: place, file: path, change, renewed };
  const lines = {
    same: `${key} of ${place} has that value already: nothing was written`,
    added: done(context, `${key} of ${place} is in ${shown}`),
    changed: done(context, `${key} of ${place} has a new value in ${shown}`),
  };
  tell(context, record, [lines[change]]);
  if (renewed.length > 0)
    note(context, `Renewed: it is no longer one that ${[...new Set(renewed)].join(", ")} could read.`);
  const whose = place === sharedPlace ? "every environment" : place;
  if (change !== "same") note(context, `It counts from the next deployment to ${whose} on.`);
}
