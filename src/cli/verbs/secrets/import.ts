import { type ImportedKey, importSecrets } from "../../../app/secrets/import.ts";
import { openSecrets, shownPath } from "../../../app/secrets/places/session.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { readHidden } from "../../ask/read-hidden.ts";
import { portsOf } from "../../context.ts";
import { tellNotices } from "../../render/progress-line.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { table } from "../../render/table.ts";
import { note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const importVerb = defineVerb({
  name: "import",
  summary: "Import secrets from a plain-text dotenv, JSON or YAML file",
  usage: ["secrets import FILE --env ENVIRONMENT [--overwrite] [--undeclared]"],
  description:
    "Takes the keys that the definition declares as secrets; `tidegate config import` also writes the declarations. A value\n" +
    "that already exists stays, unless --overwrite is given. Either all of them are imported or none.",
  examples: [
    { command: "tidegate secrets import .env.production --env production", explains: "then remove the file" },
    {
      command: "op inject -i env.tpl | tidegate secrets import - --env staging",
      explains: "from a program, as dotenv",
    },
  ],
  arguments: [
    {
      name: "FILE",
      summary: "Ends in .json, .yaml or .yml; anything else is dotenv; - is standard input",
      required: true,
    },
  ],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose secrets they are, or shared" },
    overwrite: { kind: "flag", summary: "Also replace values that differ" },
    undeclared: { kind: "flag", summary: "Also keys that the definition does not have" },
  },
  run: async (context, { arguments: [file = ""], options }) => {
    const session = await openSecrets(portsOf(context), tellNotices(context));
    if (!session.ok) return reportFailures(context, session.failures);
    const { env, overwrite, undeclared } = options;
    const ask = () => readHidden(context, "The file");
    const imported = await importSecrets(session.value, { file, ask, env, overwrite, undeclared });
    if (!imported.ok) return reportFailures(context, imported.failures);
    const { place, path, rows } = imported.value;
    tell(
      context,
      { type: "secretsImported", environment: place, file: path, keys: rows },
      table(rows.map(({ key, outcome }) => [key, words[outcome]])),
    );
    if (file !== "-") note(context, adviceFor(file, shownPath(session.value, path), rows));
    return exitCodes.done;
  },
});

/** What was left out stands nowhere else: nobody should be told to remove it. */
function adviceFor(file: string, path: string, rows: readonly ImportedKey[]): string {
  const left = rows.filter(({ outcome }) => outcome === "kept" || outcome === "undeclared").map(({ key }) => key);
  if (left.length > 0) return `${file} still has what ${path} does not have: ${left.join(", ")}`;
  return `${path} has them now. Remove ${file}; if git has it, give the secrets other values.`;
}

const words = {
  added: "added",
  changed: "changed",
  same: "already existed",
  kept: "has another value, which stays (--overwrite)",
  undeclared: "left out: not declared as a secret here (--undeclared)",
  empty: "left out: empty",
} as const satisfies Readonly<Record<ImportedKey["outcome"], string>>;
