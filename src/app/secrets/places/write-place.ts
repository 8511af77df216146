import { statSync } from "node:fs";
import { type OpenSops, readBounded, readSignedVersion, type Signer } from "@tidegate/sops";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { highestCounter } from "../../../secrets/files/judge-age.ts";
import { signersPath } from "../../../secrets/files/layout.ts";
import { ageRecipients } from "../../../secrets/files/open-file.ts";
import { readSigners } from "../../../secrets/files/read-file.ts";
import { fromSops } from "../../../secrets/from-sops.ts";
import { noteChange } from "./note-change.ts";
import type { OpenPlace } from "./open-place.ts";
import { readRenewals } from "./renewal-file.ts";
import { ageCallOf, type SecretsSession } from "./session.ts";
import { writeCommitted } from "./write-committed.ts";

/** What a write came to. */
export interface WrittenPlace {
  /** In the signature. Absent: nobody signs the files. */
  readonly counter?: number;
}

/**
 * Writes a changed file, whole or not at all, signed where the project has a signers file, with a counter above every one that is
 * known for it. Under the lock. A file that somebody else (git, sops) changed since it was read is left alone.
 */
export async function writePlace(
  session: SecretsSession,
  place: OpenPlace,
  changed: OpenSops,
): Promise<Result<WrittenPlace>> {
  const { path, stored } = place;
  const now = new Date(session.ports.now());
  const sign = await signerFor(session, path, changed);
  if (!sign.ok) return sign;
  const counter = sign.value && (await nextCounter(session, place));
  if (counter?.ok === false) return counter;
  const signing = sign.value && counter ? { sign: sign.value, counter: counter.value } : {};
  const bytes = fromSops(await changed.print({ now, ...signing }));
  if (!bytes.ok) return bytes;
  // What is written may be renewed by that, which has to be noted: not to be found out afterwards.
  const renewals = readRenewals(session);
  if (!renewals.ok) return renewals;
  if (session.ports.signal.aborted) return failed({ code: "interrupted", message: "Interrupted; nothing was written" });
  if (isChanged(path, stored?.bytes)) return failed(movedOn(path));
  writeCommitted(path, bytes.value, stored === undefined ? 0o644 : statSync(path).mode & 0o777);
  await noteChange(session, place, changed);
  return ok(counter ? { counter: counter.value } : {});
}

/** `sops` drops the signature and with it the counter: what git and the renewals know counts, too. */
async function nextCounter(session: SecretsSession, { place, path, stored }: OpenPlace): Promise<Result<number>> {
  const signers = await readSigners(signersPath(session.layout));
  if (!signers.ok) return signers;
  const judged = { path, ...(signers.value && { signers: signers.value }) };
  const highest = await highestCounter(judged, ageCallOf(session, place));
  if (!highest.ok) return highest;
  const own = stored === undefined ? undefined : readSignedVersion(stored.bytes);
  return ok(Math.max(highest.value, own?.counter ?? 0) + 1);
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
