import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Identity } from "./identity.ts";
import { askKeyCommandForAny, commandVariable } from "./key-command.ts";
import type { KeyLookup } from "./key-lookup.ts";
import { keySources } from "./key-sources.ts";
import { noKeyFailure } from "./no-key-failure.ts";
import { type ParsedIdentities, parseIdentities } from "./parse-identities.ts";
import { sshKeys } from "./ssh-keys.ts";

/** What a search for keys came to. */
export interface KeySearch {
  /** Each key once, in the order of their places. */
  readonly identities: readonly Identity[];
  /** Of places that hold something that cannot be used; the other places count nevertheless, as with SOPS. */
  readonly problems: readonly Failure[];
  /** Every place that was looked at, for people. */
  readonly places: readonly string[];
  /** SSH keys that SOPS would have tried. */
  readonly sshKeys: readonly string[];
}

/**
 * Looks wherever SOPS looks, but for SSH keys, and into the project's own key files. `recipients`: for which a key is
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

/** The keys that were found; none at all is `secrets-no-key`, with what was wrong at each place. */
export async function findIdentities(
  lookup: KeyLookup,
  recipients: readonly string[],
): Promise<Result<readonly Identity[]>> {
  const search = await searchIdentities(lookup, recipients);
  if (search.identities.length > 0) return ok(search.identities);
  return failed(noKeyFailure(search, recipients), ...search.problems);
}
