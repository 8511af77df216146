import { type Change, isSamePlain } from "@tidegate/sops";
import { choosePlaces } from "../../../app/secrets/choose-place.ts";
import { explainNoKey } from "../../../app/secrets/explain-no-key.ts";
import { judgeValue } from "../../../app/secrets/judge-value.ts";
import { openPlace } from "../../../app/secrets/open-place.ts";
import { readPlaintext } from "../../../app/secrets/read-plaintext.ts";
import { markRenewed } from "../../../app/secrets/renewal-file.ts";
import { openSecrets, type SecretsSession, shownPath } from "../../../app/secrets/session.ts";
import { declaredIn } from "../../../app/secrets/standing.ts";
import { withSecretsLock } from "../../../app/secrets/with-lock.ts";
import { writePlace } from "../../../app/secrets/write-place.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { toPlain } from "../../../secrets/files/values.ts";
import type { SecretData } from "../../../secrets/provider.ts";
import { readHidden } from "../../ask/read-hidden.ts";
import { tellNotices } from "../../render/progress-line.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { table } from "../../render/table.ts";
import { note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const importVerb = defineVerb({
  name: "import",
  summary: "Take secrets over from a dotenv, JSON or YAML file in clear",
  usage: ["secrets import FILE --env ENVIRONMENT [--overwrite] [--undeclared]"],
  description:
    "Takes the keys that the definition declares as secrets; `tidegate config import` also writes the declarations. A value\n" +
    "that is there already stays, unless told otherwise. All of them are taken or none.",
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
    overwrite: { kind: "flag", summary: "Also what has another value now" },
    undeclared: { kind: "flag", summary: "Also keys that the definition does not have" },
  },
  run: async (context, { arguments: [file = ""], options }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const place = choosePlace(session.value, options.env);
    if (!place.ok) return reportFailures(context, place.failures);
    const plaintext = await readPlaintext(
      context,
      { file, ask: () => readHidden(context, "The file") },
      tellNotices(context),
    );
    if (!plaintext.ok) return reportFailures(context, plaintext.failures);
    const call = {
      place: place.value,
      values: plaintext.value,
      overwrite: options.overwrite,
      undeclared: options.undeclared,
    };
    const imported = await withSecretsLock(session.value, () => take(session.value, call));
    if (!imported.ok) return reportFailures(context, imported.failures);
    const { path, rows } = imported.value;
    tell(
      context,
      { type: "secretsImported", environment: call.place, file: path, keys: rows },
      table(rows.map(({ key, outcome }) => [key, words[outcome]])),
    );
    if (file !== "-") note(context, adviceFor(file, shownPath(session.value, path), rows));
    return exitCodes.done;
  },
});

/** An environment need not be named when there is but one. */
function choosePlace(session: SecretsSession, env: string | undefined): Result<string> {
  const names = Object.keys(session.project.environments);
  if (env === undefined && names.length !== 1) {
    const hint = `Name one of ${names.join(", ")}: --env ${names[0]}`;
    return failed({ code: "bad-arguments", message: "Whose secrets are they?", hint });
  }
  const places = choosePlaces(session, [env ?? names[0]!]);
  return places.ok ? ok(places.value[0]!) : places;
}

/** What was left out stands nowhere else: nobody should be told to remove it. */
function adviceFor(file: string, path: string, rows: readonly Row[]): string {
  const left = rows.filter(({ outcome }) => outcome === "kept" || outcome === "undeclared").map(({ key }) => key);
  if (left.length > 0) return `${file} still has what ${path} has not: ${left.join(", ")}`;
  return `${path} has them now. Remove ${file}; if git has it, give the secrets other values.`;
}

const words = {
  added: "added",
  changed: "changed",
  same: "was there already",
  kept: "has another value, which stays (--overwrite)",
  undeclared: "left out: not declared as a secret here (--undeclared)",
  empty: "left out: empty",
} as const;

interface Row {
  readonly key: string;
  readonly outcome: keyof typeof words;
}

interface ImportCall {
  readonly place: string;
  readonly values: ReadonlyMap<string, SecretData>;
  readonly overwrite: boolean;
  readonly undeclared: boolean;
}

interface Imported {
  readonly path: string;
  readonly rows: readonly Row[];
}

async function take(session: SecretsSession, call: ImportCall): Promise<Result<Imported>> {
  const { place, values } = call;
  const opened = await openPlace(session, place);
  if (!opened.ok) return explainNoKey(opened, "import");
  const { open, path } = opened.value;
  const rows = [...values].map(([key]): Row => ({ key, outcome: outcomeOf(session, call, key, open.get([key])) }));
  const taken = rows.filter(({ outcome }) => outcome === "added" || outcome === "changed").map(({ key }) => key);
  const problems = await judgeAll(session, call, taken);
  if (problems.length > 0) return failed(...problems);
  if (taken.length === 0) return ok({ path, rows });
  const changes = taken.map((key): Change => ({ path: [key], value: toPlain(values.get(key)!) }));
  const written = await writePlace(session, opened.value, open.with(changes));
  if (!written.ok) return written;
  const renewed = markRenewed(
    session,
    taken.map((key) => ({ place, key })),
  );
  return renewed.ok ? ok({ path, rows }) : renewed;
}

function outcomeOf(
  session: SecretsSession,
  call: ImportCall,
  key: string,
  before: Parameters<typeof isSamePlain>[0],
): Row["outcome"] {
  const value = call.values.get(key)!;
  const isDeclared = declaredIn(session, call.place).some((one) => one.key === key && one.from === undefined);
  if (!isDeclared && !call.undeclared) return "undeclared";
  if (value === "" || value === null) return "empty";
  if (before === undefined || before === null || before === "") return "added";
  if (isSamePlain(before, toPlain(value))) return "same";
  return call.overwrite ? "changed" : "kept";
}

async function judgeAll(
  session: SecretsSession,
  { place, values }: ImportCall,
  keys: readonly string[],
): Promise<Failure[]> {
  const judged = await Promise.all(
    keys.map((key) => {
      const declaration = session.declared.find((one) => one.key === key);
      return judgeValue(session, { key, place, ...(declaration && { declaration }) }, values.get(key)!);
    }),
  );
  return judged.flatMap((one) => (one.ok ? [] : one.failures));
}
