import { valueInCall } from "../../../app/secrets/places/choose-place.ts";
import { openSecrets, type SecretsSession, sharedPlace, shownPath } from "../../../app/secrets/places/session.ts";
import { type SetOutcome, setSecret } from "../../../app/secrets/set.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { readHidden } from "../../ask/read-hidden.ts";
import { type Context, portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const set = defineVerb({
  name: "set",
  summary: "Give a secret a value, from a hidden prompt or standard input",
  usage: ["secrets set KEY [--env ENVIRONMENT] [--as text|json]"],
  description:
    "The value is never part of the command. It has to fit the key's schema. Only that value changes in the SOPS file, but\n" +
    "to change one you have to be able to read the file: all its values are encrypted with one key.",
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
    { name: "value", summary: "Never here: refused, and not echoed", many: true },
  ],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose value; not for shared secrets" },
    as: { kind: "text", value: "KIND", summary: "The type of the value", choices: ["text", "json"], default: "text" },
    undeclared: { kind: "flag", summary: "Also accept a key that the definition does not have" },
  },
  run: async (context, { arguments: [key = "", ...values], options }) => {
    if (values.length > 0) return reportFailures(context, [valueInCall(key)]);
    const session = await openSecrets(portsOf(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const { env, as, undeclared } = options;
    const ask = (what: string) => readHidden(context, what);
    const outcome = await setSecret(session.value, { key, env, undeclared, isJson: as === "json", ask });
    if (!outcome.ok) return reportFailures(context, outcome.failures);
    tellOutcome(context, session.value, key, outcome.value);
    return exitCodes.done;
  },
});

function tellOutcome(
  context: Context,
  session: SecretsSession,
  key: string,
  { place, path, change, renewed }: SetOutcome,
): void {
  const shown = shownPath(session, path);
  const record = { type: "secretSet", key, environment: place, file: path, change, renewed };
  const lines = {
    same: `${key} of ${place} already has that value: nothing was written`,
    added: done(context, `${key} of ${place} is in ${shown}`),
    changed: done(context, `${key} of ${place} has a new value in ${shown}`),
  };
  tell(context, record, [lines[change]]);
  if (renewed.length > 0)
    note(context, `Renewed: it is no longer one that ${[...new Set(renewed)].join(", ")} could read.`);
  const whose = place === sharedPlace ? "every environment" : place;
  if (change !== "same") note(context, `It takes effect with the next deployment to ${whose}.`);
}
