import { statSync } from "node:fs";
import { type OpenSops, readBounded, type Signer } from "@tidegate/sops";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { signersPath } from "../../../secrets/files/layout.ts";
import { ageRecipients } from "../../../secrets/files/open-file.ts";
import { readSigners } from "../../../secrets/files/read-file.ts";
import { fromSops } from "../../../secrets/from-sops.ts";
import { noteChange } from "./note-change.ts";
import type { OpenPlace } from "./open-place.ts";
import { readRenewals } from "./renewal-file.ts";
import type { SecretsSession } from "./session.ts";
import { writeCommitted } from "./write-committed.ts";

/**
 * Writes a changed file, whole or not at all, signed where the project has a signers file. Under the lock. A file that
 * somebody else (git, sops) changed since it was read is left alone.
 */
export async function writePlace(session: SecretsSession, place: OpenPlace, changed: OpenSops): Promise<Result<void>> {
  const { path, stored } = place;
  const now = new Date(session.ports.now());
  const sign = await signerFor(session, path, changed);
  if (!sign.ok) return sign;
  const bytes = fromSops(await changed.print({ now, ...(sign.value && { sign: sign.value }) }));
  if (!bytes.ok) return bytes;
  // What is written may be renewed by that, which has to be noted: not to be found out afterwards.
  const renewals = readRenewals(session);
  if (!renewals.ok) return renewals;
  if (session.ports.signal.aborted) return failed({ code: "interrupted", message: "Interrupted; nothing was written" });
  if (isChanged(path, stored?.bytes)) return failed(movedOn(path));
  writeCommitted(path, bytes.value, stored === undefined ? 0o644 : statSync(path).mode & 0o777);
  await noteChange(session, place, changed);
  return ok();
}

/** Who of the caller's keys signs the file. `undefined`: the project has no signers file. */
async function signerFor(
  session: SecretsSession,
  path: string,
  open: Pick<OpenSops, "file">,
): Promise<Result<Signer | undefined>> {
  const signers = await readSigners(signersPath(session.layout));
  if (!signers.ok || signers.value === undefined) return signers as Result<undefined>;
  const { findIdentities, findSigner } = await import("@tidegate/sops");
  const identities = await findIdentities(session.keys, ageRecipients(open.file));
  if (!identities.ok) return fromSops(identities);
  return fromSops(findSigner(identities.value, signers.value, path));
}

function isChanged(path: string, before: Uint8Array | undefined): boolean {
  const now = readBounded(path);
  if (now === undefined || before === undefined) return (now === undefined) !== (before === undefined);
  return !now.ok || !Buffer.from(now.value).equals(before);
}

function movedOn(path: string) {
  const message = `${path} was changed by somebody else meanwhile; nothing was written`;
  return { code: "secrets-busy", message, hint: "Run the command again." } as const;
}
