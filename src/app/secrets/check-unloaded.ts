import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { findPolicyPath, type Policy, readPolicy, ruleFor } from "@tidegate/sops";
import { findDefinition } from "../../definition/load/find.ts";
import type { Failure } from "../../errors/failure.ts";
import { clearFiles, isClear, isSops } from "../../secrets/files/forgotten.ts";
import { renewalsName, signersPath, usualEndings } from "../../secrets/files/layout.ts";
import { readUnchecked } from "../../secrets/files/read-file.ts";
import { fromSops } from "../../secrets/from-sops.ts";
import type { Renewal } from "../../secrets/renewals/renewals.ts";
import type { Ports } from "../ports.ts";
import { checkFile, checkRenewals, type Found, inClear, type SecretsCheck } from "./check-places.ts";
import { shownPath } from "./places/session.ts";

/** What only the definition can say. */
const leftOut = [
  "secrets without a value",
  "keys that are not declared",
  "files of no environment",
  "declared secrets that a file's selector leaves in plain text",
] as const;

/** See `checkUnloaded`. */
export interface UnloadedCheck extends SecretsCheck {
  /** The checks that were not made because the definition was not loaded. */
  readonly leftOut: readonly string[];
}

/** A file to check, and the folder that its signers file and its renewals are looked for in. */
interface FoundFile {
  readonly path: string;
  readonly common: string;
}

/**
 * The checks of the secrets files that need no definition, and run nothing of the project: of every file in `secrets/`
 * and of every one that a rule of `.sops.yaml` names by its path. Encrypted files that no rule names are told.
 */
export async function checkUnloaded(ports: Ports): Promise<UnloadedCheck> {
  const folder = findDefinition(ports.folder)?.folder ?? ports.folder;
  const found: Found = { failures: [], notices: [] };
  const paths = await filesOf(ports, folder, found);
  const files: FoundFile[] = paths.map((path) => ({ path, common: commonOf(ports, folder, path, found.failures) }));
  for (const file of files) await checkOne(ports, folder, file, found);
  const open: Renewal[] = [];
  for (const common of new Set([join(folder, "secrets"), ...files.map((file) => file.common)]))
    open.push(...checkRenewals({ ports, layout: layoutOf(folder, common) }, () => true, found));
  const failures = uniqueBy(found.failures, (one) => JSON.stringify(one));
  return { failures, notices: [...new Set(found.notices)], files: paths, open, leftOut };
}

async function checkOne(ports: Ports, folder: string, { path, common }: FoundFile, found: Found): Promise<void> {
  const layout = layoutOf(folder, common);
  const stored = await readUnchecked(path, signersPath(layout));
  if (!stored.ok) return void found.failures.push(...stored.failures);
  const isUsual = dirname(path) === join(folder, "secrets");
  const place = isUsual ? basename(path, extname(path)) : "";
  await checkFile({ ports, layout, declared: [] }, { place, path }, stored.value, found);
  if (stored.value.signers === undefined && stored.value.file.metadata.signature === undefined)
    found.notices.push(
      "There is no signers file: a replaced or renamed secret would not be noticed (tidegate secrets init)",
    );
}

/** The encrypted files to check, absolute and sorted. What stands in clear in their place is a failure. */
async function filesOf(ports: Ports, folder: string, { failures, notices }: Found): Promise<string[]> {
  const usual = join(folder, "secrets");
  const policies = new Map<string, Policy | undefined>();
  const policyFor = async (file: string) => {
    const { path } = findPolicyPath(file);
    if (path === undefined || policies.has(path)) return path === undefined ? undefined : policies.get(path);
    const read = fromSops(await readPolicy(path));
    if (!read.ok) failures.push(...read.failures);
    policies.set(path, read.ok ? read.value : undefined);
    return policies.get(path);
  };
  await policyFor(join(folder, "any"));
  failures.push(...clearFiles({ folder }, []).map((path) => inClear({ ports }, path)));
  const paths: string[] = [];
  for (const path of filesIn(folder)) {
    const policy = await policyFor(path);
    const matching = policy && ruleFor(policy, path);
    const rule = matching?.ok ? matching.value : undefined;
    const hasUsualEnding = [...usualEndings, "ini"].some((ending) => path.endsWith(`.${ending}`));
    if (!hasUsualEnding && rule?.pathRegex === undefined) continue;
    const isUsual = dirname(path) === usual;
    if (isSops(path)) {
      if (isUsual || rule !== undefined) paths.push(path);
      else notices.push(`${shownPath({ ports }, path)} is encrypted, but no rule of .sops.yaml names it: not checked`);
      continue;
    }
    const isNamed = hasUsualEnding && (isUsual || rule?.pathRegex !== undefined) && !isOwn(path);
    // Too large, or it may not be read: whoever reads it next says so.
    if (isNamed && !isClear(path) && statSync(path).size > 0) paths.push(path);
    else if (isNamed && !isUsual && isClear(path)) failures.push(namedInClear(ports, path));
  }
  return paths;
}

function namedInClear(ports: Ports, path: string): Failure {
  const message = `${shownPath({ ports }, path)} is in plain text, but a rule of .sops.yaml names it`;
  const hint =
    "If it has secrets: encrypt it, and give them other values if it was committed. If not, narrow the rule's path_regex.";
  return { code: "secrets-plaintext", message, location: { file: path, line: 1, column: 1 }, hint };
}

function isOwn(path: string): boolean {
  return basename(path) === renewalsName || basename(path) === ".sops.yaml";
}

/**
 * The folder of the signers file that counts for a file: its own, or one above it where each environment has a folder. Two
 * on the way are a failure: a nearer one must not take the other's place unseen.
 */
function commonOf(ports: Ports, folder: string, path: string, failures: Failure[]): string {
  const own = dirname(path);
  const above: string[] = [];
  for (let current = own; ; current = dirname(current)) {
    if (isFile(join(current, "signers"))) above.push(current);
    if (current === folder || dirname(current) === current) break;
  }
  if (above.length > 1) {
    const shown = above.map((one) => shownPath({ ports }, join(one, "signers"))).join(" and ");
    const message = `Several signers files could apply to ${shownPath({ ports }, path)}: ${shown}`;
    failures.push({ code: "secrets-policy", message, hint: "Keep the one that the definition uses." });
  }
  return above.at(-1) ?? own;
}

function layoutOf(folder: string, common: string) {
  return { folder, pattern: join(relative(folder, common), "{environment}") };
}

const notLookedInto = new Set([".git", "node_modules", ".tidegate"]);

/** Of the project; links to folders are not followed. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !notLookedInto.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() || (entry.isSymbolicLink() && isFile(path)) ? [path] : [];
    })
    .sort();
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function uniqueBy<T>(all: readonly T[], keyOf: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}
