import { readFileSync } from "node:fs";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { placeFile, signersPath } from "../../../secrets/files/layout.ts";
import { ageRecipients } from "../../../secrets/files/open-file.ts";
import { ruleOf } from "../../../secrets/files/rule-of.ts";
import { fromSops } from "../../../secrets/from-sops.ts";
import { choosePlaces } from "../places/choose-place.ts";
import { forEachPlace, openAll } from "../places/each-file.ts";
import { forgottenFor } from "../places/forgotten.ts";
import type { OpenPlace } from "../places/open-place.ts";
import { placesOf, type SecretsSession } from "../places/session.ts";
import { withSecretsLock } from "../places/with-lock.ts";
import { writeCommitted } from "../places/write-committed.ts";
import { writePlace } from "../places/write-place.ts";
import { applyTo, keysIn } from "./apply-policy.ts";
import { ownKeys, type Person, personOf, signersOf } from "./people.ts";

/** What taking somebody's access away would do. */
export interface Removal {
  readonly person: Person;
  readonly places: readonly string[];
  /** The files that the person can read, open. */
  readonly opened: readonly OpenPlace[];
  /** What the person could read. */
  readonly renew: readonly { readonly place: string; readonly key: string }[];
  /** They are in the signers file and can read nothing else afterwards. */
  readonly leaves: boolean;
}

export interface RemoveCall {
  /** A name of the signers file, or a recipient. */
  readonly who: string;
  /** Where; none: everywhere. */
  readonly asked: readonly string[];
  /** Only say what it would come to. */
  readonly plan: boolean;
}

/** Takes somebody's access away, and says what that came to. */
export async function removeRecipient(session: SecretsSession, call: RemoveCall): Promise<Result<Removal>> {
  const places = choosePlaces(session, call.asked);
  const removal = places.ok ? await planRemoval(session, call.who, places.value) : places;
  if (!removal.ok || call.plan) return removal;
  const removed = await withSecretsLock(session, () => removePerson(session, removal.value));
  return removed.ok ? removal : removed;
}

/** What taking somebody's access away comes to. Changes nothing. */
async function planRemoval(session: SecretsSession, who: string, places: readonly string[]): Promise<Result<Removal>> {
  const signers = await signersOf(session);
  if (!signers.ok) return signers;
  const person = personOf(signers.value, who);
  if (person === undefined) return failed(unknown(who, signers.value?.entries.map(({ name }) => name) ?? []));
  const own = await ownKeys(session);
  if (own.ok && own.value.some(({ recipient }) => recipient === person.recipient)) return failed(oneself);
  const forgotten = await forgottenFor(session, places, person.recipient);
  if (!forgotten.ok) return forgotten;
  const opened = await openAll(session, places, forgotten.value);
  if (!opened.ok) return opened;
  const reads = opened.value.filter(({ open }) => ageRecipients(open.file).includes(person.recipient));
  const renew = reads.flatMap((place) => keysIn(place).map((key) => ({ place: place.place, key })));
  const leaves = person.entry !== undefined && places.length === placesOf(session).length;
  return ok({ person, places, opened: opened.value, renew, leaves });
}

/** Under the lock: policy first, so that whatever comes after can be finished with `recipients apply`. */
async function removePerson(session: SecretsSession, removal: Removal): Promise<Result<void>> {
  const { places, person, opened, leaves } = removal;
  const [forgotten, placed] = [opened.filter(isForgotten), opened.filter((one) => !isForgotten(one))];
  const edited = await editPolicies(session, places, person.recipient);
  if (!edited.ok) return edited;
  const applied = await applyTo(session, placed);
  if (!applied.ok) return applied;
  const closed = await forEachPlace(session, "closed", forgotten, (one) => closeForgotten(session, one, person));
  if (!closed.ok) return closed;
  if (leaves) await removeSigner(session, person);
  return ok();
}

function isForgotten(one: OpenPlace): boolean {
  return one.isForgotten === true;
}

/** A file of an environment that is gone mostly has no rule any more: then whoever else reads it goes on to. */
async function closeForgotten(session: SecretsSession, place: OpenPlace, { recipient }: Person): Promise<Result<void>> {
  const rule = await ruleOf(place.path);
  if (rule.ok && rule.value !== undefined) {
    const edited = await editPolicy(place.path, recipient);
    if (!edited.ok) return edited;
  }
  const { open } = place;
  const { keyGroups, shamirThreshold } = open.file.metadata;
  const groups = keyGroups.map(({ age }) => age.map((one) => one.recipient).filter((one) => one !== recipient));
  const rest = groups.length <= 1 ? (groups[0] ?? []) : { groups, threshold: shamirThreshold };
  const written = await writePlace(session, place, open.withRecipients(rest).rotated());
  return written.ok ? ok() : written;
}

async function editPolicies(
  session: SecretsSession,
  places: readonly string[],
  recipient: string,
): Promise<Result<void>> {
  for (const place of places) {
    const file = placeFile(session.layout, place);
    const edited = file.ok ? await editPolicy(file.value.path, recipient) : file;
    if (!edited.ok) return edited;
  }
  return ok();
}

/** Group by group, each on what the one before has written. */
async function editPolicy(file: string, recipient: string, group = 0): Promise<Result<void>> {
  const { removePolicyRecipient } = await import("@tidegate/sops");
  const found = await ruleOf(file);
  if (!found.ok) return found;
  if (found.value === undefined || group >= found.value.rule.keyGroups.length) return ok();
  const { policy, rule } = found.value;
  const text = fromSops(await removePolicyRecipient(policy, { rule, recipient, group }));
  if (!text.ok) return text;
  if (text.value !== policy.text) writeCommitted(policy.path, text.value);
  return editPolicy(file, recipient, group + 1);
}

/** Last: until then, files that the person signed are still theirs. */
async function removeSigner(session: SecretsSession, { entry }: Person): Promise<void> {
  const { withoutSigner } = await import("@tidegate/sops");
  const path = signersPath(session.layout);
  if (entry !== undefined) writeCommitted(path, withoutSigner(readFileSync(path, "utf8"), entry));
}

function unknown(who: string, names: readonly string[]) {
  const hint =
    names.length === 0
      ? "Give the recipient, age1…"
      : `The signers file has ${names.join(", ")}; or give a recipient, age1…`;
  return { code: "bad-arguments", message: `Nobody is called ${who}`, hint } as const;
}

const oneself = {
  code: "bad-arguments",
  message: "Somebody else has to remove your own access",
  hint: "Whoever can no longer read a file cannot write it either.",
} as const;
