import { resolve } from "node:path";
import { filesOf, type PlacedFile } from "../../../app/secrets/each-file.ts";
import { forgottenOf } from "../../../app/secrets/forgotten.ts";
import { openSecrets, placesOf, type SecretsSession, shownPath } from "../../../app/secrets/session.ts";
import { withSecretsLock } from "../../../app/secrets/with-lock.ts";
import { writePlace } from "../../../app/secrets/write-place.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { signersPath } from "../../../secrets/files/layout.ts";
import { openSecretsFile } from "../../../secrets/files/open-file.ts";
import { readUnchecked } from "../../../secrets/files/read-file.ts";
import type { Context } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const sign = defineVerb({
  name: "sign",
  summary: "Sign secrets files that were reviewed, after an edit with sops for example",
  usage: ["secrets sign [environment or file…]"],
  description:
    "Where the project has a signers file, a secrets file that is not as somebody of it signed it is refused: SOPS itself\n" +
    "does not notice a renamed key, a changed type or a file that was replaced as a whole. This shows what was changed\n" +
    "since the last signature, verifies the file and signs it: look at `git diff` first.",
  examples: [
    { command: "tidegate secrets sign", explains: "every file whose signature does not hold" },
    { command: "tidegate secrets sign secrets/production.yaml", explains: "one of them" },
  ],
  arguments: [{ name: "environment or file", summary: "Default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const files = chooseFiles(session.value, asked);
    if (!files.ok) return reportFailures(context, files.failures);
    const signed = await withSecretsLock(session.value, () => signAll(session.value, files.value));
    if (!signed.ok) return reportFailures(context, signed.failures);
    tell(context, { type: "secretsSigned", files: signed.value }, linesOf(context, session.value, signed.value));
    return exitCodes.done;
  },
});

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

interface SignedFile {
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

function linesOf(context: Context, session: SecretsSession, files: readonly SignedFile[]): string[] {
  return files.flatMap(({ path, changes }) => {
    const shown = shownPath(session, path);
    if (changes.length === 0) return [`${shown} is as it was signed`];
    return [done(context, `${shown} is signed. Before:`), ...changes.map((change) => `    ${change}`)];
  });
}
