import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readBounded } from "@tidegate/sops";
import { defaultPattern, placeFile, renewalsName, type SecretsLayout, usualEndings } from "./layout.ts";

/** In the MAC of every SOPS file. */
const sopsMark = "ENC[AES256_GCM,";

/**
 * Encrypted files that stand where a place's file would, of none of these places: of an environment that is gone. Nobody
 * deploys them, but who could read them still can. Absolute paths, sorted.
 */
export function forgottenFiles(layout: SecretsLayout, places: readonly string[]): string[] {
  const { folder, pattern } = layout;
  const known = new Set(places.flatMap((place) => filesOfPlace(layout, place)));
  const patterns = pattern === undefined ? usualEndings.map((ending) => `${defaultPattern}.${ending}`) : [pattern];
  const found = patterns.flatMap((one) => globSync(globOf(one), { cwd: folder })).map((path) => join(folder, path));
  return [...new Set(found)].filter((path) => !known.has(path) && isSops(path)).sort();
}

/**
 * Files in clear that stand among the secrets files: of an environment that there is not, or as somebody wrote them before they were
 * encrypted. Where the project's own folder is the one of the secrets files, nothing says which of its files are meant.
 */
export function clearFiles(layout: SecretsLayout, places: readonly string[]): string[] {
  const { folder, pattern = `${defaultPattern}.yaml` } = layout;
  const within = dirname(pattern);
  if (within.startsWith("{") || within === "." || /\*/.test(globOf(within))) return [];
  const known = new Set(places.flatMap((place) => filesOfPlace(layout, place)));
  const found = usualEndings.flatMap((ending) => globSync(`${globOf(within)}/*.${ending}`, { cwd: folder }));
  const paths = [...new Set(found)].map((path) => join(folder, path));
  return paths.filter((path) => !known.has(path) && basename(path) !== renewalsName && isClear(path)).sort();
}

/** An empty file says nothing. */
export function isClear(path: string): boolean {
  const bytes = readBounded(path);
  return bytes?.ok === true && bytes.value.length > 0 && !Buffer.from(bytes.value).includes(sopsMark);
}

/** Two files of one place are a failure of that place, and not forgotten. */
function filesOfPlace(layout: SecretsLayout, place: string): string[] {
  if (layout.pattern !== undefined) {
    const found = placeFile(layout, place);
    return found.ok ? [found.value.path] : [];
  }
  const filled = defaultPattern.replaceAll("{environment}", place);
  return usualEndings.map((ending) => join(layout.folder, `${filled}.${ending}`));
}

/** What would mean something in a glob stands for any character. */
function globOf(pattern: string): string {
  return pattern
    .split("{environment}")
    .map((part) => part.replaceAll(/[^\p{L}\p{N}_./ -]/gu, "?"))
    .join("*");
}

/** Whether it bears what every SOPS file does. */
export function isSops(path: string): boolean {
  const bytes = readBounded(path);
  return bytes?.ok === true && Buffer.from(bytes.value).includes(sopsMark);
}
