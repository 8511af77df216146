import type { Failure } from "../../errors/failure.ts";
import { failed, type Result } from "../../errors/result.ts";
import type { KeyLookup } from "../age/key-lookup.ts";
import type { OpenSops, SopsFile } from "../sops/types.ts";

/** The age recipients that a file is wrapped for. */
export function ageRecipients({ metadata }: Pick<SopsFile, "metadata">): string[] {
  return metadata.keyGroups.flatMap(({ age }) => age.map(({ recipient }) => recipient));
}

/**
 * Decrypts with whatever keys there are, and verifies the MAC. When none of them fits, what was wrong with others that were
 * found is told, too: one of these may be the one that was meant.
 */
export async function openSecretsFile(file: SopsFile, lookup: KeyLookup): Promise<Result<OpenSops>> {
  const { searchIdentities } = await import("../age/find-identities.ts");
  const { noKeyFailure } = await import("../age/no-key-failure.ts");
  const recipients = ageRecipients(file);
  const search = await searchIdentities(lookup, recipients);
  const noKey = () => failed(located(file.path, noKeyFailure(search, recipients, "It")), ...search.problems);
  if (search.identities.length === 0) return noKey();
  const { openSops } = await import("../sops/open-sops.ts");
  const opened = await openSops(file, search.identities);
  if (opened.ok) return opened;
  const isOneGroup = file.metadata.keyGroups.length <= 1;
  if (isOneGroup && opened.failures[0]?.code === "secrets-no-key") return noKey();
  return failed(...opened.failures.map((failure) => located(file.path, failure)));
}

/** What has no line is of the file as a whole. */
export function located(path: string, failure: Failure): Failure {
  return { location: { file: path, line: 1, column: 1 }, ...failure };
}
