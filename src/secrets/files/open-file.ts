import type { KeyLookup, OpenSops, SopsFile } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { failed, type Result } from "../../errors/result.ts";
import { fromSopsFailure } from "../from-sops.ts";
import { exposedIn } from "./exposed.ts";

/** The age recipients that a file is wrapped for. */
export function ageRecipients({ metadata }: Pick<SopsFile, "metadata">): string[] {
  return metadata.keyGroups.flatMap(({ age }) => age.map(({ recipient }) => recipient));
}

/**
 * Decrypts with whatever keys there are, and verifies the MAC. What stands in plain text is refused before a key is looked for. When none of them fits, what was wrong with others that were
 * found is told, too: one of these may be the one that was meant.
 */
export async function openSecretsFile(file: SopsFile, lookup: KeyLookup): Promise<Result<OpenSops>> {
  const exposed = exposedIn(file);
  if (exposed.length > 0) return failed(...exposed);
  const { noKeyFailure, openSops, searchIdentities } = await import("@tidegate/sops");
  const recipients = ageRecipients(file);
  const search = await searchIdentities(lookup, recipients);
  const noKey = () => {
    const failure = withOthers(file, fromSopsFailure(noKeyFailure(search, recipients, "It")));
    return failed(located(file.path, failure), ...search.problems.map(fromSopsFailure));
  };
  if (search.identities.length === 0) return noKey();
  const opened = await openSops(file, search.identities);
  if (opened.ok) return opened;
  const isOneGroup = file.metadata.keyGroups.length <= 1;
  if (isOneGroup && opened.failures[0]?.code === "no-key") return noKey();
  return failed(...opened.failures.map((failure) => located(file.path, fromSopsFailure(failure))));
}

/** Keys of other providers that would open it for SOPS, and do not here. */
function withOthers({ metadata }: SopsFile, failure: Failure): Failure {
  const kinds = new Set(metadata.keyGroups.flatMap(({ others }) => others.map(({ provider }) => provider)));
  if (kinds.size === 0) return failure;
  const names = [...kinds].sort().join(", ");
  const isOnly = ageRecipients({ metadata }).length === 0;
  const cause = [
    `It is ${isOnly ? "" : "also "}encrypted to keys of ${names}, which only \`sops\` can use`,
    failure.cause,
  ];
  const hint = "Have somebody who can open it add your age key: `sops rotate --in-place --add-age age1… FILE`.";
  return { ...failure, cause: cause.filter(Boolean).join("\n"), ...(isOnly && { hint }) };
}

/** What has no line is of the file as a whole. */
export function located(path: string, failure: Failure): Failure {
  return { location: { file: path, line: 1, column: 1 }, ...failure };
}
