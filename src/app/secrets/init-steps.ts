import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Identity, type IdentityKind, type NewRule, sopsKeyFile, userConfigFolder } from "@tidegate/sops";
import { failed, ok, type Result } from "../../errors/result.ts";
import { addToKeyFile, ownKeyFile } from "../../secrets/files/keys.ts";
import { defaultPattern, placeFile, signersPath, usualEndings } from "../../secrets/files/layout.ts";
import { ruleOf } from "../../secrets/files/rule-of.ts";
import { fromSops } from "../../secrets/from-sops.ts";
import { type GitMade, prepareGit } from "./init-git.ts";
import { ownKeys, ownName } from "./people/people.ts";
import { placesOf, type SecretsSession } from "./places/session.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writeCommitted } from "./places/write-committed.ts";

/** What the caller asked for. */
export interface InitCall {
  readonly kind: IdentityKind;
  /** Empty: what git calls the caller. */
  readonly name: string;
  readonly hasEnvironmentKeys: boolean;
}

/** Something that is there now; `isNew`: it was not before. */
export type Made =
  | { readonly what: "key"; readonly isNew: boolean; readonly path: string; readonly recipient: string }
  | { readonly what: "environmentKey"; readonly isNew: boolean; readonly path: string; readonly environment: string }
  | { readonly what: "policy" | "signers"; readonly isNew: boolean; readonly path: string }
  /** Rules that were there name more who may read; the files are not wrapped for them yet. */
  | { readonly what: "rules"; readonly isNew: true; readonly path: string; readonly places: readonly string[] }
  | GitMade;

/** Makes what is missing; nothing that is there is changed but by what it lacks. */
export function initSecrets(session: SecretsSession, call: InitCall): Promise<Result<Made[]>> {
  return withSecretsLock(session, () => prepareSecrets(session, call));
}

async function prepareSecrets(session: SecretsSession, call: InitCall): Promise<Result<Made[]>> {
  const own = await ownKey(session, call.kind);
  if (!own.ok) return own;
  const environments = call.hasEnvironmentKeys ? await environmentKeys(session, call.kind) : ok([]);
  if (!environments.ok) return environments;
  const keysOf = (place: string) => environments.value.filter((one) => one.environment === place || place === "shared");
  const recipientsOfPlace = (place: string) => keysOf(place).map(({ recipient }) => recipient);
  const policy = await preparePolicy(session, (place) => [own.value.recipient, ...recipientsOfPlace(place)]);
  const opened = policy.ok ? await letIn(session, recipientsOfPlace) : policy;
  if (!opened.ok) return opened;
  if (!policy.ok) return policy;
  const signers = await prepareSigners(session, own.value.identity, call.name);
  if (!signers.ok) return signers;
  const { recipient, path, isNew } = own.value;
  const made = environments.value.map(({ recipient: _, ...one }) => one);
  return ok([
    { what: "key", isNew, path, recipient },
    ...made,
    ...policy.value,
    ...opened.value,
    signers.value,
    ...(await prepareGit(session)),
  ]);
}

async function ownKey(session: SecretsSession, kind: IdentityKind) {
  const keys = await ownKeys(session);
  if (!keys.ok) return keys;
  const [identity] = keys.value;
  if (identity !== undefined)
    return ok({ identity, recipient: identity.recipient, path: identity.origin, isNew: false });
  const path = sopsKeyFile(session.keys);
  if (path === undefined) return failed(homeless);
  const made = await makeKey(session, path, kind);
  return made.ok ? ok({ identity: made.value, recipient: made.value.recipient, path, isNew: true }) : made;
}

const homeless = {
  code: "secrets-no-key",
  message: "There is no place for your key: neither HOME nor XDG_CONFIG_HOME is set",
  hint: "Set HOME, or SOPS_AGE_KEY_FILE to a file that has a key.",
} as const;

async function makeKey({ ports }: SecretsSession, path: string, kind: IdentityKind): Promise<Result<Identity>> {
  const { generateIdentity } = await import("@tidegate/sops");
  const identity = await generateIdentity(kind);
  const added = await addToKeyFile(path, identity, new Date(ports.now()));
  return added.ok ? ok(identity) : added;
}

async function environmentKeys(session: SecretsSession, kind: IdentityKind) {
  const known = await ownKeys(session);
  if (!known.ok) return known;
  const made = [];
  for (const environment of Object.keys(session.project.environments)) {
    const folder = userConfigFolder(session.keys);
    if (folder === undefined) return failed(homeless);
    const path = join(folder, ownKeyFile(session.project.name, environment));
    const there = known.value.find(({ origin }) => origin === path);
    const identity = there === undefined ? await makeKey(session, path, kind) : ok(there);
    if (!identity.ok) return identity;
    const { recipient } = identity.value;
    made.push({ what: "environmentKey", isNew: there === undefined, path, environment, recipient } as const);
  }
  return ok(made);
}

/** A rule for each place whose file none matches yet. */
async function preparePolicy(session: SecretsSession, ageOf: (place: string) => string[]): Promise<Result<Made[]>> {
  const { addPolicyRule, findPolicyPath, newPolicy, policyName, readPolicy } = await import("@tidegate/sops");
  const rules = placesOf(session).map((place) => newRule(session, place, ageOf(place)));
  const path = findPolicyPath(join(session.folder, "x")).path ?? join(session.folder, policyName);
  if (!existsSync(path)) {
    writeCommitted(path, newPolicy(path, rules));
    return ok([{ what: "policy", isNew: true, path }]);
  }
  let isNew = false;
  for (const rule of rules) {
    if ((await ruleOf(fileOf(rule))).ok) continue;
    const policy = await readPolicy(path);
    const text = fromSops(policy.ok ? await addPolicyRule(policy.value, rule) : policy);
    if (!text.ok) return text;
    writeCommitted(path, text.value);
    isNew = true;
  }
  return ok([{ what: "policy", isNew, path }]);
}

/** Keys of environments that the rules do not have: those were there before the keys. */
async function letIn(session: SecretsSession, keysOf: (place: string) => string[]): Promise<Result<Made[]>> {
  const { addPolicyRecipient, recipientsOf } = await import("@tidegate/sops");
  const changed = new Map<string, string[]>();
  const ruleAt = new Map<string, string>();
  for (const place of placesOf(session)) {
    for (const recipient of keysOf(place)) {
      const file = placeFile(session.layout, place);
      const found = file.ok ? await ruleOf(file.value.path) : file;
      if (!found.ok) return found;
      if (found.value === undefined) continue;
      const { policy, rule } = found.value;
      const at = `${policy.path}:${rule.location.line}`;
      const other = ruleAt.get(at) ?? place;
      ruleAt.set(at, other);
      if (other !== place) return failed({ ...oneRule(other, place), location: rule.location });
      if (recipientsOf(rule).some(({ id }) => id === recipient)) continue;
      const text = fromSops(await addPolicyRecipient(policy, { rule, recipient }));
      if (!text.ok) return text;
      writeCommitted(policy.path, text.value);
      changed.set(policy.path, [...(changed.get(policy.path) ?? []), place]);
    }
  }
  return ok([...changed].map(([path, places]) => ({ what: "rules", isNew: true, path, places: [...new Set(places)] })));
}

/** A key of one environment would read the other's secrets. */
function oneRule(first: string, second: string) {
  const message = `One rule covers the secrets of both ${first} and ${second}: a key for one would read both`;
  const hint = "Give each its own rule, with its own `path_regex`, above this one; then run the command again.";
  return { code: "secrets-policy", message, hint } as const;
}

function newRule({ layout, folder }: SecretsSession, place: string, age: readonly string[]): NewRule {
  const pattern = layout.pattern ?? defaultPattern;
  const file = join(folder, pattern.replaceAll("{environment}", place));
  return { file, age, ...(layout.pattern === undefined && { endings: usualEndings }) };
}

function fileOf({ file, endings }: NewRule): string {
  return endings === undefined ? file : `${file}.${endings[0]}`;
}

async function prepareSigners(session: SecretsSession, identity: Identity, name: string): Promise<Result<Made>> {
  const path = signersPath(session.layout);
  const { parseSigners, signerOf, withSigner } = await import("@tidegate/sops");
  if (existsSync(path)) {
    const parsed = fromSops(parseSigners(path, readFileSync(path, "utf8")));
    return parsed.ok ? ok({ what: "signers", isNew: false, path }) : parsed;
  }
  const { publicKey } = signerOf(identity, "");
  const entry = { name: name === "" ? await ownName(session) : name, recipient: identity.recipient, publicKey };
  const text = withSigner(undefined, entry);
  const parsed = fromSops(parseSigners(path, text));
  if (!parsed.ok) return parsed;
  writeCommitted(path, text);
  return ok({ what: "signers", isNew: true, path });
}
