import { relative } from "node:path";
import type { ObservedFacts } from "../../../documents/facts/observed.ts";
import { dayOf } from "../../../errors/quantities.ts";
import { signersOf } from "../../secrets/people/people.ts";
import { listRecipients } from "../../secrets/people/recipients.ts";
import { readRenewals } from "../../secrets/places/renewal-file.ts";
import { openSecrets, placesOf, type SecretsSession } from "../../secrets/places/session.ts";
import { keysOf, viewPlace } from "../../secrets/places/standing.ts";
import type { Session } from "../../session.ts";

type SecretsFacts = NonNullable<ObservedFacts["secrets"]>;

/** What the secrets files say of themselves without a key: names, recipients, dates. No value is read. */
export async function observeSecrets({ ports }: Session): Promise<Pick<ObservedFacts, "secrets">> {
  const opened = await openSecrets(ports);
  if (!opened.ok || opened.value.declared.length === 0) return {};
  const session = opened.value;
  const renewals = readRenewals(session);
  const signers = await signersOf(session);
  return {
    secrets: {
      at: dayOf(ports.now()),
      files: await filesOf(session),
      renewals: renewals.ok ? [...renewals.value] : [],
      signers: signers.ok ? (signers.value?.entries ?? []).map(({ name }) => name) : [],
    },
  };
}

async function filesOf(session: SecretsSession): Promise<SecretsFacts["files"]> {
  const files: SecretsFacts["files"] = [];
  for (const place of placesOf(session)) {
    const view = await viewPlace(session, place);
    if (!view.ok || view.value.stored === undefined) continue;
    const rows = await listRecipients(session, [place]);
    const { signature, lastModified } = view.value.stored.file.metadata;
    const changed = Date.parse(lastModified ?? "");
    files.push({
      place,
      path: relative(session.folder, view.value.path),
      keys: keysOf(view.value).map(({ key }) => key),
      recipients: (rows.ok ? rows.value : [])
        .filter(({ file }) => file)
        .map(({ who, policy }) => ({ who, isInPolicy: policy })),
      isSigned: signature !== undefined,
      ...(!Number.isNaN(changed) && { lastChange: dayOf(changed) }),
    });
  }
  return files;
}
