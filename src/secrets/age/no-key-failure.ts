import type { Failure } from "../../errors/failure.ts";
import type { KeySearch } from "./find-identities.ts";
import { ageKeyHint } from "./parse-identities.ts";
import { showRecipient } from "./recipient.ts";

const shown = 10;

const addMe =
  "Put your key into SOPS_AGE_KEY_FILE, or have what `tidegate secrets recipients me` prints added by somebody who can read them.";

/**
 * Says that no key opens what was wrapped for `recipients`, where was looked, and what of SOPS's is not supported.
 * `what`: the file, as a subject. The search's problems are failures of their own.
 */
export function noKeyFailure(search: KeySearch, recipients: readonly string[], what = "The secrets"): Failure {
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
  return { code: "secrets-no-key", message, cause: cause.join("\n"), hint };
}

function listOf(items: readonly string[]): string {
  const more = items.length > shown ? ` and ${items.length - shown} more` : "";
  return items.slice(0, shown).join(", ") + more;
}
