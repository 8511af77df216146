import { compareRecipients, type RecipientDifference, recipientsOfFile } from "@tidegate/sops";
import { dayOf } from "../../../errors/quantities.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { recipientsIn, ruleOf } from "../../../secrets/files/rule-of.ts";
import { open as openRenewals } from "../../../secrets/renewals/renewals.ts";
import { choosePlaces } from "../places/choose-place.ts";
import { forEachPlace, openAll } from "../places/each-file.ts";
import { forgottenWithRule } from "../places/forgotten.ts";
import type { OpenPlace } from "../places/open-place.ts";
import { readRenewals, writeRenewals } from "../places/renewal-file.ts";
import type { SecretsSession } from "../places/session.ts";
import { withSecretsLock } from "../places/with-lock.ts";
import { writePlace } from "../places/write-place.ts";
import { nameOf, signersOf } from "./people.ts";

/** What bringing a file in line came to. */
export interface AppliedFile {
  readonly path: string;
  /** Recipients that can read it now, and that no longer can. */
  readonly added: number;
  readonly removed: number;
}

/**
 * Wraps the data keys of these places' files for whom the policy names. Where somebody is named no longer, the file is rotated, and
 * what they could read is noted for renewal first: a crash in between notes too much, never too little.
 */
export async function applyPolicy(session: SecretsSession, asked: readonly string[]): Promise<Result<AppliedFile[]>> {
  const places = choosePlaces(session, asked);
  return places.ok ? withSecretsLock(session, () => apply(session, places.value)) : places;
}

async function apply(session: SecretsSession, places: readonly string[]): Promise<Result<AppliedFile[]>> {
  const opened = await openAll(session, places, await forgottenWithRule(session, places));
  return opened.ok ? applyTo(session, opened.value) : opened;
}

/** The same for files that are open already: nothing is written unless all of them could be opened. */
export function applyTo(session: SecretsSession, opened: readonly OpenPlace[]): Promise<Result<AppliedFile[]>> {
  return forEachPlace(session, "applied", opened, (place) => applyOne(session, place));
}

async function applyOne(session: SecretsSession, place: OpenPlace): Promise<Result<AppliedFile>> {
  const { path, open } = place;
  const found = await ruleOf(path);
  if (!found.ok) return found;
  if (found.value === undefined) return failed(noPolicy);
  const { rule } = found.value;
  const difference = compareRecipients(rule, recipientsOfFile(open.file));
  const added = onlyAge(difference.missing);
  const removed = onlyAge(difference.extra);
  if (added.length + removed.length === 0) return ok({ path, added: 0, removed: 0 });
  const noted = await noteRenewals(
    session,
    place,
    removed.map(({ id }) => id),
  );
  if (!noted.ok) return noted;
  const wrapped = open.withRecipients(recipientsIn(rule));
  const written = await writePlace(session, place, removed.length > 0 ? wrapped.rotated() : wrapped);
  return written.ok ? ok({ path, added: added.length, removed: removed.length }) : written;
}

/** Those of other providers stay in the file as they are. */
function onlyAge(recipients: RecipientDifference["missing"]) {
  return recipients.filter(({ kind }) => kind === "age");
}

async function noteRenewals(
  session: SecretsSession,
  place: OpenPlace,
  recipients: readonly string[],
): Promise<Result<void>> {
  // `secrets set` cannot renew what is of no environment: nobody could ever mark it as done.
  if (recipients.length === 0 || place.isForgotten) return ok();
  const [before, signers] = [readRenewals(session), await signersOf(session)];
  if (!before.ok) return before;
  if (!signers.ok) return signers;
  const today = dayOf(session.ports.now());
  const what = keysIn(place).map((key) => ({ place: place.place, key }));
  const people = recipients.map((recipient) => nameOf(signers.value, recipient));
  writeRenewals(
    session,
    people.reduce((all, person) => openRenewals(all, what, person, today), before.value),
  );
  return ok();
}

/** The top-level keys that have an encrypted value. */
export function keysIn({ open }: Pick<OpenPlace, "open">): string[] {
  const encrypted = open.leaves.filter((leaf) => leaf.isEncrypted && leaf.type !== "null" && leaf.value !== "");
  return [...new Set(encrypted.map(({ path }) => String(path[0])))];
}

/** Nobody can be given or denied access where nothing says who has it. */
const noPolicy = {
  code: "secrets-policy",
  message: "There is no .sops.yaml",
  hint: "Make one: `tidegate secrets init`.",
} as const;
