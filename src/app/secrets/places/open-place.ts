import { formatOf, type OpenSops } from "@tidegate/sops";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { placeFile } from "../../../secrets/files/layout.ts";
import { openSecretsFile } from "../../../secrets/files/open-file.ts";
import { readSecretsFile, type StoredSecrets } from "../../../secrets/files/read-file.ts";
import { createOptions, ruleOf } from "../../../secrets/files/rule-of.ts";
import { ageCallOf, type SecretsSession } from "./session.ts";

/** A secrets file open for changes. */
export interface OpenPlace {
  /** An environment, or `shared`. */
  readonly place: string;
  /** Absolute. */
  readonly path: string;
  /** It is of no environment that there is; its place is only a name for people. */
  readonly isForgotten?: boolean;
  readonly open: OpenSops;
  /** As it is on disk; absent: the file is new. */
  readonly stored?: StoredSecrets;
}

/** Decrypts the file of a place; one that is not there begins empty, for whom `.sops.yaml` says. */
export async function openPlace(session: SecretsSession, place: string): Promise<Result<OpenPlace>> {
  const found = placeFile(session.layout, place);
  if (!found.ok) return found;
  const { path, exists } = found.value;
  return exists ? openFile(session, { place, path }) : createFile(place, path);
}

/** The same for a file that has to be there. */
export async function openFile(
  session: SecretsSession,
  file: Pick<OpenPlace, "place" | "path" | "isForgotten">,
): Promise<Result<OpenPlace>> {
  const stored = await readSecretsFile(file.path, ageCallOf(session, file.place));
  if (!stored.ok) return stored;
  const open = await openSecretsFile(stored.value.file, session.keys);
  return open.ok ? ok({ ...file, open: open.value, stored: stored.value }) : open;
}

async function createFile(place: string, path: string): Promise<Result<OpenPlace>> {
  const rule = await ruleOf(path);
  if (!rule.ok) return rule;
  if (rule.value === undefined) {
    const message = `There is no .sops.yaml that says who may read ${path}`;
    return failed({ code: "secrets-policy", message, hint: "Make one: `tidegate secrets init`." });
  }
  const format = formatOf(path)!;
  const options = createOptions(rule.value, format);
  if (!options.ok) return options;
  const { createSops } = await import("@tidegate/sops");
  return ok({ place, path, open: await createSops(format, { ...options.value, path }) });
}
