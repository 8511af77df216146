import { compareRecipients, recipientsOfFile, showRecipient } from "@tidegate/sops";
import type { Failure, Location } from "../../errors/failure.ts";
import { dayOf } from "../../errors/quantities.ts";
import { ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { exposedIn } from "../../secrets/files/exposed.ts";
import { clearFiles } from "../../secrets/files/forgotten.ts";
import { judgeAge } from "../../secrets/files/judge-age.ts";
import { signersPath } from "../../secrets/files/layout.ts";
import { checkStored, readUnchecked, type StoredSecrets } from "../../secrets/files/read-file.ts";
import { ruleOf } from "../../secrets/files/rule-of.ts";
import { openOnes, type Renewal } from "../../secrets/renewals/renewals.ts";
import { choosePlaces } from "./places/choose-place.ts";
import { forgottenOf } from "./places/forgotten.ts";
import { readRenewals } from "./places/renewal-file.ts";
import { ageCallOf, placesOf, type SecretsSession, sharedPlace, shownPath } from "./places/session.ts";
import { declaredIn, keysOf, missingIn, type PlaceView, viewPlace } from "./places/standing.ts";

/** What there is to say of the secrets files. */
export interface SecretsCheck {
  readonly failures: readonly Failure[];
  /** What is no problem and should be known. */
  readonly notices: readonly string[];
  readonly files: readonly string[];
  /** What has to be renewed still. */
  readonly open: readonly Renewal[];
}

/** What checks add to. */
export interface Found {
  readonly failures: Failure[];
  readonly notices: string[];
}

/** Everything about secrets files that can be known without a key: of the places named, or of all. */
export async function checkSecrets(session: SecretsSession, asked: readonly string[]): Promise<Result<SecretsCheck>> {
  const places = choosePlaces(session, asked);
  return places.ok ? ok(await checkPlaces(session, places.value)) : places;
}

async function checkPlaces(session: SecretsSession, places: readonly string[]): Promise<SecretsCheck> {
  const found: Found = { failures: [], notices: [] };
  const files: string[] = [];
  for (const place of places) {
    const view = await viewPlace(session, place);
    if (!view.ok) found.failures.push(...view.failures);
    else {
      if (view.value.stored !== undefined) files.push(view.value.path);
      await checkPlace(session, view.value, found);
    }
  }
  const isUnsigned = files.length > 0 && (await hasNoSigners(session, places));
  if (isUnsigned)
    found.notices.push(
      "There is no signers file: a replaced or renamed secret would not be noticed (tidegate secrets init)",
    );
  for (const { path } of forgottenOf(session, places))
    found.notices.push(
      `${shownPath(session, path)} belongs to no environment: whoever could read it still can; delete it if nobody needs it`,
    );
  if (places.length === placesOf(session).length) await checkOthers(session, places, found);
  const isAll = places.length === placesOf(session).length;
  const open = checkRenewals(session, (place) => isAll || places.includes(place), found);
  return { ...found, files, open };
}

/** What stands beside the files of the environments: in clear, or encrypted with something in clear among it. */
async function checkOthers(session: SecretsSession, places: readonly string[], { failures }: Found): Promise<void> {
  for (const path of clearFiles(session.layout, places)) failures.push(inClear(session, path));
  for (const { path } of forgottenOf(session, places)) {
    const stored = await readUnchecked(path, signersPath(session.layout));
    if (stored.ok) failures.push(...exposedIn(stored.value.file));
  }
}

/** A whole file in clear where secrets files stand. */
export function inClear(session: Pick<SecretsSession, "ports">, path: string): Failure {
  const shown = shownPath(session, path);
  const message = `${shown} is in plain text beside the secrets files`;
  const hint = `If it has secrets: \`tidegate secrets import ${shellWord(shown)} --env ENVIRONMENT\`, remove it, and give them other values if it was committed. If not, move it elsewhere.`;
  return { code: "secrets-plaintext", message, location: { file: path, line: 1, column: 1 }, hint };
}

async function hasNoSigners(session: SecretsSession, places: readonly string[]): Promise<boolean> {
  const views = await Promise.all(places.map((place) => viewPlace(session, place)));
  return views.some((view) => {
    const stored = view.ok ? view.value.stored : undefined;
    return stored !== undefined && stored.signers === undefined && stored.file.metadata.signature === undefined;
  });
}

async function checkPlace(session: SecretsSession, view: PlaceView, found: Found): Promise<void> {
  if (view.stored !== undefined) {
    await checkFile(session, view, view.stored, found);
    checkStrays(session, view, found);
  }
  checkMissing(session, view, found);
}

/** A file by itself: its signature, who can read it, and what in it stands in clear. */
export async function checkFile(
  session: FileSession,
  view: Omit<PlaceView, "stored">,
  stored: StoredSecrets,
  found: Found,
): Promise<void> {
  await checkSignature(session, view, stored, found);
  await checkPolicy(session, { ...view, stored }, found);
  checkPlaintext(session, { ...view, stored }, found);
}

/** What the check of a file needs of a session. */
export type FileSession = Pick<SecretsSession, "ports" | "layout" | "declared">;

async function checkSignature(
  session: FileSession,
  { place, path }: Pick<PlaceView, "place" | "path">,
  stored: StoredSecrets,
  found: Found,
): Promise<void> {
  const checked = await checkStored(stored, signersPath(session.layout));
  if (!checked.ok) found.failures.push(...checked.failures);
  if (!checked.ok || checked.value === undefined) return;
  const age = await judgeAge(stored, checked.value, ageCallOf(session, place));
  if (!age.ok) return noteOnce(found, age.failures);
  const { isCounted, blind } = age.value;
  if (!isCounted)
    found.notices.push(
      `${shownPath(session, path)} has no counter: an older version in its place would not be noticed (tidegate secrets sign)`,
    );
  if (blind !== undefined && !found.notices.includes(blindNotices[blind])) found.notices.push(blindNotices[blind]);
}

/** That git does not answer is said of all files at once. */
function noteOnce({ failures }: Found, more: readonly Failure[]): void {
  const isNew = (one: Failure) => failures.every((known) => known.code !== one.code || known.message !== one.message);
  failures.push(...more.filter(isNew));
}

const blindNotices = {
  noRepository: "There is no git repository here: an older version of a secrets file would not be noticed",
  shallow:
    "This clone is shallow: an older version of a secrets file is only noticed against the commits that are here (git fetch --unshallow)",
} as const;

async function checkPolicy(session: FileSession, { place, path, stored }: PlaceView, found: Found): Promise<void> {
  const rule = await ruleOf(path);
  if (!rule.ok) return void found.failures.push(...rule.failures);
  const shown = shownPath(session, path);
  if (rule.value === undefined) {
    found.notices.push(`There is no .sops.yaml that says who may read ${shown} (tidegate secrets init)`);
    return;
  }
  const { missing, extra } = compareRecipients(rule.value.rule, recipientsOfFile(stored!.file));
  const tooMany = `${shown} can be read by people who should not, according to .sops.yaml`;
  const tooFew = `${shown} cannot be read by people who should, according to .sops.yaml`;
  if (extra.length > 0) found.failures.push(outOfLine(tooMany, extra, place));
  if (missing.length > 0) found.failures.push(outOfLine(tooFew, missing, place));
  const { notices } = rule.value.policy;
  const at = ({ file, line }: Location) => `${shownPath(session, file)}:${line}`;
  found.notices.push(...notices.map(({ message, location }) => `${at(location)}: ${message}`));
}

function outOfLine(message: string, who: readonly { readonly id: string }[], place: string): Failure {
  const cause = who.map(({ id }) => showRecipient(id)).join("\n");
  const hint = `Bring it in line: \`${`tidegate secrets recipients apply ${place}`.trim()}\`.`;
  return { code: "secrets-policy", message, cause, hint };
}

/** What stands in clear where it must not: in spite of the file's selector, or a secret that the selector leaves so. */
function checkPlaintext(session: FileSession, view: PlaceView, { failures, notices }: Found): void {
  const file = view.path;
  const shown = shownPath(session, file);
  const stored = view.stored?.file;
  if (stored !== undefined) failures.push(...exposedIn(stored));
  for (const { key, isEncrypted, isEmpty, line = 1 } of keysOf(view)) {
    const isSecret = session.declared.some((one) => one.key === key);
    if (!isSecret || isEncrypted || isEmpty) continue;
    const message = `The secret ${key} is in ${shown} unencrypted`;
    const hint =
      "Change what the file encrypts (its suffix or regex in .sops.yaml), write it again, and give the secret another value: git has this one.";
    failures.push({ code: "secrets-plaintext", message, location: { file, line, column: 1 }, hint });
  }
  for (const { line } of stored?.comments.filter(({ isExposed }) => isExposed) ?? [])
    notices.push(`${shown}:${line}: a comment is in plain text among encrypted ones; does it contain a value?`);
}

function checkStrays(session: SecretsSession, view: PlaceView, { notices }: Found): void {
  const here = declaredIn(session, view.place);
  for (const { key, isEncrypted } of keysOf(view)) {
    const declaration = here.find((one) => one.key === key);
    const shown = shownPath(session, view.path);
    if (declaration?.from !== undefined)
      notices.push(`${shown} has ${key}, which comes from ${declaration.from.source}(…): the value here is ignored`);
    if (declaration !== undefined || !isEncrypted) continue;
    const isElsewhere = session.declared.some((one) => one.key === key);
    const why = isElsewhere
      ? view.place === sharedPlace
        ? "which is not shared"
        : "which is shared"
      : "which is not declared";
    notices.push(`${shown} has ${key}, ${why}`);
  }
}

function checkMissing(session: SecretsSession, view: PlaceView, { failures }: Found): void {
  for (const declaration of missingIn(session, view)) {
    const { key, shared } = declaration;
    const option = shared === undefined ? ` --env ${view.place}` : "";
    const message =
      shared === undefined
        ? `Environment "${view.place}" has no value for the secret ${key}`
        : `The shared secret ${key} has no value`;
    failures.push({ code: "secret-missing", message, hint: `Set it: \`tidegate secrets set ${key}${option}\`.` });
  }
}

/** What has to be renewed in the places that are `meant`. */
export function checkRenewals(
  session: Pick<SecretsSession, "ports" | "layout">,
  meant: (place: string) => boolean,
  { failures, notices }: Found,
): Renewal[] {
  const renewals = readRenewals(session);
  if (!renewals.ok) {
    failures.push(...renewals.failures);
    return [];
  }
  const open = openOnes(renewals.value).filter(({ place }) => meant(place));
  const today = dayOf(session.ports.now());
  for (const { key, place, person, since, due } of open) {
    const text = `${key} of ${place} has to be renewed: ${person} could read it until ${since}`;
    if (today <= due) notices.push(`${text} (due ${due})`);
    else
      failures.push({
        code: "secrets-not-renewed",
        message: `${text}; it was due ${due}`,
        hint: `Give it a new value: \`tidegate secrets set ${key}${place === sharedPlace ? "" : ` --env ${place}`}\`.`,
      });
  }
  return open;
}
