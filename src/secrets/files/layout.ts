import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";

/** Where a project's secrets files are. */
export interface SecretsLayout {
  /** Of the project; absolute. */
  readonly folder: string;
  /** With `{environment}`, relative to the project; absent: `secrets/{environment}` with one of the usual endings. */
  readonly pattern?: string;
}

/** Where the files are when the definition does not say; one of `usualEndings` follows. */
export const defaultPattern = "secrets/{environment}";
/** What the files end in there; a new one gets the first. */
export const usualEndings = ["yaml", "yml", "json", "env"] as const;

/** The secrets file of a place, an environment or `shared`. */
export interface SecretsPlace {
  /** Absolute. Where it would be made when it is not there. */
  readonly path: string;
  readonly exists: boolean;
}

/** Two files for one place: `secrets-file-invalid`; nobody could say which one counts. */
export function placeFile({ folder, pattern }: SecretsLayout, place: string): Result<SecretsPlace> {
  const filled = (pattern ?? defaultPattern).replaceAll("{environment}", place);
  const candidates = pattern === undefined ? usualEndings.map((ending) => `${filled}.${ending}`) : [filled];
  const there = candidates.map((path) => join(folder, path)).filter((path) => existsSync(path));
  const [path = join(folder, candidates[0]!), ...others] = there;
  if (others.length === 0) return ok({ path, exists: there.length > 0 });
  const message = `There are several secrets files for ${place}: ${candidates.filter((one) => there.includes(join(folder, one))).join(", ")}`;
  return failed({ code: "secrets-file-invalid", message, hint: "Keep only one of them." });
}

/** Who may write: beside the files, or above them where each environment has a folder of its own. */
export function signersPath(layout: SecretsLayout): string {
  return join(layout.folder, commonFolder(layout), "signers");
}

export const renewalsName = "renewals.json";

/** What has to be renewed because somebody lost access but may still know it. */
export function renewalsPath(layout: SecretsLayout): string {
  return join(layout.folder, commonFolder(layout), renewalsName);
}

/** The folder that no environment changes: `ops/{environment}/a.yaml` → `ops`. */
function commonFolder({ pattern = defaultPattern }: SecretsLayout): string {
  const fixed = pattern.slice(0, pattern.indexOf("{environment}"));
  return fixed.endsWith("/") ? fixed : dirname(`${fixed}x`);
}
