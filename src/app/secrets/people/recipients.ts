import { recipientsOf, recipientsOfFile } from "@tidegate/sops";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { ruleOf } from "../../../secrets/files/rule-of.ts";
import { choosePlaces } from "../places/choose-place.ts";
import type { SecretsSession } from "../places/session.ts";
import { viewPlaces } from "../places/standing.ts";
import { nameOf, ownKeys, ownName, signersOf } from "./people.ts";

export interface RecipientRow {
  readonly environment: string;
  readonly who: string;
  readonly recipient: string;
  /** By .sops.yaml. */
  readonly policy: boolean;
  /** Absent: there is no file. */
  readonly file?: boolean;
}

/** Who can read which secrets file, and who may: of the places named, or of all. */
export async function listRecipients(
  session: SecretsSession,
  asked: readonly string[],
): Promise<Result<RecipientRow[]>> {
  const places = choosePlaces(session, asked);
  if (!places.ok) return places;
  const [views, signers] = await Promise.all([viewPlaces(session, places.value), signersOf(session)]);
  if (!views.ok || !signers.ok) return views.ok ? (signers as Result<never>) : views;
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

/** The caller as a line of the signers file. */
export interface OwnIdentity {
  readonly name: string;
  readonly recipient: string;
  readonly signingKey: string;
}

/** Who the caller is to those who add people; nothing of it is secret. */
export async function whoAmI(session: SecretsSession): Promise<Result<OwnIdentity>> {
  const keys = await ownKeys(session);
  const [identity] = keys.ok ? keys.value : [];
  if (identity === undefined)
    return failed({
      code: "secrets-no-key",
      message: "You have no age key",
      hint: "Make one: `tidegate secrets init`.",
    });
  const { signerOf } = await import("@tidegate/sops");
  const name = await ownName(session);
  return ok({ name, recipient: identity.recipient, signingKey: signerOf(identity, "").publicKey });
}
