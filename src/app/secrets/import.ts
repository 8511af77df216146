import { type Change, isSamePlain } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { toPlain } from "../../secrets/files/values.ts";
import type { SecretData } from "../../secrets/provider.ts";
import { judgeValue } from "./judge-value.ts";
import { choosePlaces } from "./places/choose-place.ts";
import { explainNoKey } from "./places/explain-no-key.ts";
import { openPlace } from "./places/open-place.ts";
import { type PlaintextCall, readPlaintext } from "./places/read-plaintext.ts";
import { markRenewed } from "./places/renewal-file.ts";
import type { SecretsSession } from "./places/session.ts";
import { declaredIn } from "./places/standing.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

export interface ImportRequest extends PlaintextCall {
  /** An environment, or shared; may be left out when there is but one. */
  readonly env: string | undefined;
  /** Also what has another value now. */
  readonly overwrite: boolean;
  /** Also keys that the definition does not have. */
  readonly undeclared: boolean;
}

/** Takes the secrets of a file in clear over: all of them, or none. */
export async function importSecrets(session: SecretsSession, request: ImportRequest): Promise<Result<Imported>> {
  const place = choosePlace(session, request.env);
  if (!place.ok) return place;
  const values = await readPlaintext(session.ports, request, session.say);
  if (!values.ok) return values;
  const { overwrite, undeclared } = request;
  const taking = { place: place.value, values: values.value, overwrite, undeclared };
  return withSecretsLock(session, () => take(session, taking));
}

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

/** What became of a key of the file. */
export interface ImportedKey {
  readonly key: string;
  /** `kept`: it has another value, which stays. */
  readonly outcome: "added" | "changed" | "same" | "kept" | "undeclared" | "empty";
}

interface Taking {
  readonly place: string;
  readonly values: ReadonlyMap<string, SecretData>;
  readonly overwrite: boolean;
  readonly undeclared: boolean;
}

/** What became of a file that was taken over. */
export interface Imported {
  readonly place: string;
  readonly path: string;
  readonly rows: readonly ImportedKey[];
}

async function take(session: SecretsSession, call: Taking): Promise<Result<Imported>> {
  const { place, values } = call;
  const opened = await openPlace(session, place);
  if (!opened.ok) return explainNoKey(opened, "import");
  const { open, path } = opened.value;
  const rows = [...values].map(
    ([key]): ImportedKey => ({ key, outcome: outcomeOf(session, call, key, open.get([key])) }),
  );
  const taken = rows.filter(({ outcome }) => outcome === "added" || outcome === "changed").map(({ key }) => key);
  const problems = await judgeAll(session, call, taken);
  if (problems.length > 0) return failed(...problems);
  if (taken.length === 0) return ok({ place, path, rows });
  const changes = taken.map((key): Change => ({ path: [key], value: toPlain(values.get(key)!) }));
  const written = await writePlace(session, opened.value, open.with(changes));
  if (!written.ok) return written;
  const renewed = markRenewed(
    session,
    taken.map((key) => ({ place, key })),
    written.value.counter,
  );
  return renewed.ok ? ok({ place, path, rows }) : renewed;
}

function outcomeOf(
  session: SecretsSession,
  call: Taking,
  key: string,
  before: Parameters<typeof isSamePlain>[0],
): ImportedKey["outcome"] {
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
  { place, values }: Taking,
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
