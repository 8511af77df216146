import { resolve } from "node:path";
import type { SignersFile } from "@tidegate/sops";
import { failed, ok, type Result } from "../../errors/result.ts";
import { judgeAge } from "../../secrets/files/judge-age.ts";
import { signersPath } from "../../secrets/files/layout.ts";
import { openSecretsFile } from "../../secrets/files/open-file.ts";
import { readUnchecked, type StoredSecrets } from "../../secrets/files/read-file.ts";
import { filesOf, type PlacedFile } from "./places/each-file.ts";
import { forgottenOf } from "./places/forgotten.ts";
import { ageCallOf, placesOf, type SecretsSession, shownPath } from "./places/session.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

/** Signs the files named (places or paths), or all, whose signature does not hold, that have no counter, or that are older versions. */
export async function signSecrets(session: SecretsSession, asked: readonly string[]): Promise<Result<SignedFile[]>> {
  const files = chooseFiles(session, asked);
  return files.ok ? withSecretsLock(session, () => signAll(session, files.value)) : files;
}

/** Names of places and paths of their files. */
function chooseFiles(session: SecretsSession, asked: readonly string[]): Result<PlacedFile[]> {
  const all = filesOf(session, placesOf(session));
  if (!all.ok || asked.length === 0) return all;
  const known = [...all.value, ...forgottenOf(session, placesOf(session))];
  const chosen = asked.map((word) => {
    const path = resolve(session.ports.cwd, word);
    return known.find((file) => file.place === word || file.path === path) ?? word;
  });
  const unknown = chosen.find((one) => typeof one === "string");
  if (unknown === undefined) return ok(chosen.filter((one) => typeof one !== "string"));
  const shown = known.map(({ path }) => shownPath(session, path)).join(", ");
  const hint = shown === "" ? "The project has none." : `There are ${shown}.`;
  return failed({ code: "bad-arguments", message: `${unknown} is not a secrets file of the project`, hint });
}

export interface SignedFile {
  readonly path: string;
  /** What was not as it was signed; empty when nothing was and the file was left as it is. */
  readonly changes: readonly string[];
}

async function signAll(session: SecretsSession, files: readonly PlacedFile[]): Promise<Result<SignedFile[]>> {
  const signed: SignedFile[] = [];
  for (const file of files) {
    const one = await signOne(session, file);
    if (!one.ok) return one;
    signed.push(one.value);
  }
  return ok(signed);
}

async function signOne(session: SecretsSession, { place, path }: PlacedFile): Promise<Result<SignedFile>> {
  const stored = await readUnchecked(path, signersPath(session.layout));
  if (!stored.ok) return stored;
  if (stored.value.signers === undefined) return failed(noSigners(session));
  const changes = await changesOf(session, place, { ...stored.value, signers: stored.value.signers });
  if (!changes.ok || changes.value.length === 0) return changes.ok ? ok({ path, changes: [] }) : changes;
  const open = await openSecretsFile(stored.value.file, session.keys);
  if (!open.ok) return open;
  const written = await writePlace(session, { place, path, open: open.value, stored: stored.value }, open.value);
  if (!written.ok) return written;
  return ok({ path, changes: changes.value });
}

/** Why a file has to be signed anew; nothing when it has not. */
async function changesOf(
  session: SecretsSession,
  place: string,
  stored: StoredSecrets & { readonly signers: SignersFile },
): Promise<Result<readonly string[]>> {
  const { checkSopsSignature } = await import("@tidegate/sops");
  const checked = checkSopsSignature(stored.file, stored.signers);
  if (!checked.ok) return ok((checked.failures[0]?.cause ?? "").split("\n"));
  const age = await judgeAge(stored, checked.value, ageCallOf(session, place));
  if (age.ok) return ok(age.value.isCounted ? [] : ["It had no counter"]);
  return age.failures[0]?.code === "secrets-file-older" ? ok([(age.failures[0].cause ?? "").split("\n")[0]!]) : age;
}

function noSigners({ layout }: SecretsSession) {
  const message = `The project has no signers file (${signersPath(layout)})`;
  return { code: "secrets-policy", message, hint: "Make one: `tidegate secrets init`." } as const;
}
