import { ok, type Result } from "../../../errors/result.ts";
import { forgottenFiles } from "../../../secrets/files/forgotten.ts";
import { signersPath } from "../../../secrets/files/layout.ts";
import { ageRecipients } from "../../../secrets/files/open-file.ts";
import { readUnchecked } from "../../../secrets/files/read-file.ts";
import { ruleOf } from "../../../secrets/files/rule-of.ts";
import type { PlacedFile } from "./each-file.ts";
import { placesOf, type SecretsSession, shownPath } from "./session.ts";

/** The secrets files of no environment; none unless these are all places. */
export function forgottenOf(session: SecretsSession, places: readonly string[]): PlacedFile[] {
  const all = placesOf(session);
  if (!all.every((place) => places.includes(place))) return [];
  const paths = forgottenFiles(session.layout, [...all, ...places]);
  return paths.map((path) => ({ place: shownPath(session, path), path, isForgotten: true }));
}

/** Those of them that somebody can read. */
export async function forgottenFor(
  session: SecretsSession,
  places: readonly string[],
  recipient: string,
): Promise<Result<PlacedFile[]>> {
  const files: PlacedFile[] = [];
  for (const file of forgottenOf(session, places)) {
    const stored = await readUnchecked(file.path, signersPath(session.layout));
    if (!stored.ok) return stored;
    if (ageRecipients(stored.value.file).includes(recipient)) files.push(file);
  }
  return ok(files);
}

/** Those of them that .sops.yaml says something of. */
export async function forgottenWithRule(session: SecretsSession, places: readonly string[]): Promise<PlacedFile[]> {
  const files = forgottenOf(session, places);
  const rules = await Promise.all(files.map(({ path }) => ruleOf(path)));
  return files.filter((_, index) => {
    const rule = rules[index]!;
    return rule.ok && rule.value !== undefined;
  });
}
