import { parseRecipient, readBounded } from "@tidegate/sops";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { placeFile, signersPath } from "../../../secrets/files/layout.ts";
import { ruleOf } from "../../../secrets/files/rule-of.ts";
import { fromSops } from "../../../secrets/from-sops.ts";
import { choosePlaces } from "../places/choose-place.ts";
import { openAll } from "../places/each-file.ts";
import { noPolicy } from "../places/no-policy.ts";
import type { SecretsSession } from "../places/session.ts";
import { withSecretsLock } from "../places/with-lock.ts";
import { writeCommitted } from "../places/write-committed.ts";
import { applyTo } from "./apply-policy.ts";
import { signersOf } from "./people.ts";
import { removeRecipient } from "./remove-person.ts";

/** Whom to add where; with a signing key they also write, and have a name. */
export interface AddCall {
  readonly recipient: string;
  readonly signingKey?: string;
  readonly name?: string;
  readonly places: readonly string[];
}

/** Lets somebody read, and with a signing key also write; the paths that were changed. `asked`: where; none: everywhere. */
export async function addRecipient(
  session: SecretsSession,
  call: Omit<AddCall, "places">,
  asked: readonly string[],
): Promise<Result<string[]>> {
  const places = choosePlaces(session, asked);
  if (!places.ok) return places;
  const replaced = await removeOldKey(session, call, asked);
  if (!replaced.ok) return replaced;
  return withSecretsLock(session, () => add(session, { ...call, places: places.value }));
}

/**
 * Who lost a key has another one under the same name: the old one goes first, and what it could read is to be renewed. A crash in between
 * leaves nobody of that name, which the same call mends.
 */
async function removeOldKey(
  session: SecretsSession,
  { recipient, signingKey, name }: Omit<AddCall, "places">,
  asked: readonly string[],
): Promise<Result<void>> {
  const signers = name === undefined || signingKey === undefined ? ok(undefined) : await signersOf(session);
  if (!signers.ok) return signers;
  const old = signers.value?.entries.find((one) => one.name === name);
  const parsed = fromSops(parseRecipient(recipient));
  if (old === undefined || !parsed.ok || parsed.value.text === old.recipient) return ok();
  if (asked.length > 0)
    return failed({
      code: "bad-arguments",
      message: `${name} has another key, which can only be replaced everywhere`,
      hint: "Leave --env away; or choose another name for this key.",
    });
  const removed = await removeRecipient(session, { who: old.name, asked: [], plan: false });
  return removed.ok ? ok() : removed;
}

/** Policy, signers file, files; the paths that were changed. Under the lock; nothing is written when a file cannot be opened. */
async function add(session: SecretsSession, call: AddCall): Promise<Result<string[]>> {
  const parsed = fromSops(parseRecipient(call.recipient));
  if (!parsed.ok) return parsed;
  if (!parsed.value.isSupported) return failed(unsupported(call.recipient));
  const recipient = parsed.value.text;
  const opened = await openAll(session, call.places);
  if (!opened.ok) return opened;
  const signers = await signersWith(session, { ...call, recipient });
  if (!signers.ok) return signers;
  const policies = await editPolicies(session, call.places, recipient);
  if (!policies.ok) return policies;
  if (signers.value !== undefined) writeCommitted(signersPath(session.layout), signers.value);
  const applied = await applyTo(session, opened.value);
  if (!applied.ok) return applied;
  const files = applied.value.filter(({ added, removed }) => added + removed > 0).map(({ path }) => path);
  return ok([...policies.value, ...(signers.value === undefined ? [] : [signersPath(session.layout)]), ...files]);
}

function unsupported(recipient: string) {
  const message = `Tidegate cannot seal a key for ${recipient.split(" ")[0]} recipients`;
  return { code: "secrets-policy", message, hint: "Ask for an age key: `tidegate secrets init` makes one." } as const;
}

/** The text of the signers file with the new line; `undefined`: it stays as it is. */
async function signersWith(
  session: SecretsSession,
  { recipient, signingKey, name }: AddCall,
): Promise<Result<string | undefined>> {
  if (signingKey === undefined) return ok(undefined);
  if (name === undefined) {
    return failed({
      code: "bad-arguments",
      message: "Somebody who writes needs a name",
      hint: "Give it: --name NAME.",
    });
  }
  const path = signersPath(session.layout);
  const { parseSigners, withSigner } = await import("@tidegate/sops");
  const bytes = fromSops<Uint8Array | undefined>(readBounded(path) ?? ok(undefined));
  if (!bytes.ok) return bytes;
  const before = bytes.value && Buffer.from(bytes.value).toString("utf8");
  const known = fromSops(parseSigners(path, before ?? ""));
  if (!known.ok) return known;
  const isThere = known.value.entries.some(
    (one) => one.name === name && one.publicKey === signingKey && one.recipient === recipient,
  );
  if (isThere) return ok(undefined);
  const text = withSigner(before, { name, recipient, publicKey: signingKey });
  const parsed = fromSops(parseSigners(path, text));
  if (!parsed.ok) return parsed;
  return parsed.value.entries.length === known.value.entries.length + 1 ? ok(text) : failed(severalLines);
}

/** What was copied may have a line end in it, and a signer nobody has looked at behind that. */
const severalLines = {
  code: "bad-arguments",
  message: "A signer is one line: neither the name nor the signing key may have a line end",
  hint: "Add one signer at a time.",
} as const;

/** One edit after the other: a rule may be for several places. The paths that were changed. */
async function editPolicies(
  session: SecretsSession,
  places: readonly string[],
  recipient: string,
): Promise<Result<string[]>> {
  const { addPolicyRecipient } = await import("@tidegate/sops");
  const changed = new Set<string>();
  for (const place of places) {
    const file = placeFile(session.layout, place);
    const found = file.ok ? await ruleOf(file.value.path) : file;
    if (!found.ok) return found;
    if (found.value === undefined) return failed(noPolicy);
    const { policy, rule } = found.value;
    const text = fromSops(await addPolicyRecipient(policy, { rule, recipient }));
    if (!text.ok) return text;
    if (text.value === policy.text) continue;
    writeCommitted(policy.path, text.value);
    changed.add(policy.path);
  }
  return ok([...changed]);
}
