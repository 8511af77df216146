import type { GroupedRecipient } from "../policy/compare-recipients.ts";
import { recipientId } from "../policy/recipient-id.ts";
import type { SopsFile } from "../sops/types.ts";

/** Everybody a file is wrapped for, of all providers. */
export function recipientsOfFile({ metadata }: Pick<SopsFile, "metadata">): GroupedRecipient[] {
  return metadata.keyGroups.flatMap(({ age, others }, group) => [
    ...age.map(({ recipient }) => ({ group, kind: "age", id: recipient })),
    ...others.map(({ provider, fields }) => ({
      group,
      kind: provider,
      id: fields instanceof Map ? recipientId(provider, fields) : "",
    })),
  ]);
}
