import { failed, ok, type Result, type SopsFailure } from "../result.ts";
import type { Identity } from "./identity.ts";
import { askKeyCommandForAny, commandVariable } from "./key-command.ts";
import { type KeyLookup, sshKeys } from "./key-lookup.ts";
import { keySources } from "./key-sources.ts";
import { ageKeyHint, type ParsedIdentities, parseIdentities } from "./parse-identities.ts";
import { showRecipient } from "./recipient.ts";

/** What a search for keys came to. */
export interface KeySearch {
  /** Each key once, in the order of their places. */
  readonly identities: readonly Identity[];
  /** Of places that hold something that cannot be used; the other places count nevertheless, as with SOPS. */
  readonly problems: readonly SopsFailure[];
  /** Every place that was looked at, for people. */
  readonly places: readonly string[];
  /** SSH keys that SOPS would have tried. */
  readonly sshKeys: readonly string[];
}

/**
 * Looks wherever SOPS looks, but for SSH keys, and into the key files of `lookup`. `recipients`: for which a key is
 * wanted; `SOPS_AGE_KEY_CMD` is asked only when no other place has one for them. For a file with several key groups,
 * search once for each group.
 */
export async function searchIdentities(lookup: KeyLookup, recipients: readonly string[]): Promise<KeySearch> {
  const sources = keySources(lookup);
  const texts = await Promise.all(sources.map((source) => source.read()));
  const parsed: Result<ParsedIdentities>[] = [];
  for (const text of texts) {
    if (!text.ok) parsed.push(text);
    else if (text.value !== undefined) parsed.push(await parseIdentities(text.value));
  }
  const line = lookup.variables[commandVariable];
  if (line !== undefined && !parsed.some((one) => one.ok && hasKeyFor(one.value, recipients))) {
    parsed.push(await askKeyCommandForAny(lookup, line, recipients));
  }
  const places = [...sources.map(({ name }) => name), commandVariable];
  return { ...collect(parsed), places, sshKeys: sshKeys(lookup) };
}

function hasKeyFor({ identities }: ParsedIdentities, recipients: readonly string[]): boolean {
  return identities.some(({ recipient }) => recipients.includes(recipient));
}

function collect(parsed: readonly Result<ParsedIdentities>[]): Pick<KeySearch, "identities" | "problems"> {
  const found = parsed.flatMap((one) => (one.ok ? one.value.identities : []));
  const problems = parsed.flatMap((one) => (one.ok ? one.value.unsupported : one.failures));
  const unique = new Map(found.toReversed().map((identity) => [identity.recipient, identity]));
  return { identities: found.filter((identity) => unique.get(identity.recipient) === identity), problems };
}

/** The keys that were found; none at all is `no-identity`, with what was wrong at each place. */
export async function findIdentities(
  lookup: KeyLookup,
  recipients: readonly string[],
): Promise<Result<readonly Identity[]>> {
  const search = await searchIdentities(lookup, recipients);
  if (search.identities.length > 0) return ok(search.identities);
  return failed(noKeyFailure(search, recipients), ...search.problems);
}

const shown = 10;

const addMe = "Put your key into SOPS_AGE_KEY_FILE, or have your recipient added by somebody who can read them.";

/**
 * Says that no key opens what was wrapped for `recipients`, where was looked, and what of SOPS's is not supported.
 * `what`: the file, as a subject. The search's problems are failures of their own.
 */
export function noKeyFailure(search: KeySearch, recipients: readonly string[], what = "The secrets"): SopsFailure {
  const { identities, sshKeys, places } = search;
  const isSshOnly = identities.length === 0 && sshKeys.length > 0;
  const message = identities.length === 0 ? "There is no age key on this machine" : "None of your age keys fits";
  const cause = [
    ...(recipients.length === 0 ? [] : [`${what} can be opened by ${listOf(recipients.map(showRecipient))}`]),
    ...(identities.length === 0
      ? [`Looked in ${listOf(places)}`]
      : [`Yours: ${listOf(identities.map(({ recipient }) => showRecipient(recipient)))}`]),
    ...(isSshOnly ? [`SSH keys are not supported, though SOPS would try them: ${listOf(sshKeys)}`] : []),
  ];
  const hint = isSshOnly ? ageKeyHint : addMe;
  return { code: isSshOnly ? "keys-unusable" : "no-identity", message, cause: cause.join("\n"), hint };
}

function listOf(items: readonly string[]): string {
  const more = items.length > shown ? ` and ${items.length - shown} more` : "";
  return items.slice(0, shown).join(", ") + more;
}
