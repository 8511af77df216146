import { resolve } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { signersPath } from "../../secrets/files/layout.ts";
import { openSecretsFile } from "../../secrets/files/open-file.ts";
import { readUnchecked } from "../../secrets/files/read-file.ts";
import { filesOf, type PlacedFile } from "./places/each-file.ts";
import { forgottenOf } from "./places/forgotten.ts";
import { placesOf, type SecretsSession, shownPath } from "./places/session.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

/** Signs the files named (places or paths), or all, whose signature does not hold. */
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
  return failed({ code: "bad-arguments", message: `${unknown} is no secrets file of the project`, hint });
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
  const { checkSopsSignature } = await import("@tidegate/sops");
  const checked = checkSopsSignature(stored.value.file, stored.value.signers);
  if (checked.ok) return ok({ path, changes: [] });
  const open = await openSecretsFile(stored.value.file, session.keys);
  if (!open.ok) return open;
  const written = await writePlace(session, { place, path, open: open.value, stored: stored.value }, open.value);
  if (!written.ok) return written;
  return ok({ path, changes: (checked.failures[0]?.cause ?? "").split("\n") });
}

function noSigners({ layout }: SecretsSession) {
  const message = `The project has no signers file (${signersPath(layout)})`;
  return { code: "secrets-policy", message, hint: "Make one: `tidegate secrets init`." } as const;
}
