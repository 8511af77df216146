import { ChangeProblem } from "../text/problems.ts";
import { type DataKey, wrapFor } from "./data-key.ts";
import { shareAt, splitSecret } from "./shamir.ts";
import type { AgeWrap, KeyGroup, OtherWrap, Recipients } from "./types.ts";

/** Who shall be able to open a file, group by group, and what is there already. */
export interface Wanted {
  readonly groups: readonly WantedGroup[];
  readonly threshold: number;
}

/** The members of a group. */
export interface WantedGroup {
  readonly recipients: readonly string[];
  readonly others: readonly OtherWrap[];
}

/** The data key as everybody can open it. */
export interface Wrapped {
  readonly keyGroups: readonly KeyGroup[];
  readonly shamirThreshold: number;
}

/** The recipients asked for, with the entries of other providers that a file has. */
export function wantedOf(recipients: Recipients, before: readonly KeyGroup[]): Wanted {
  if (!("groups" in recipients))
    return {
      groups: [
        groupOf(
          recipients,
          before.flatMap(({ others }) => others),
        ),
      ],
      threshold: 1,
    };
  const groups = recipients.groups.map((group, index) => groupOf(group, before[index]?.others ?? []));
  return { groups, threshold: groups.length === 1 ? 1 : (recipients.threshold ?? groups.length) };
}

function groupOf(recipients: readonly string[], others: readonly OtherWrap[]): WantedGroup {
  return { recipients: [...new Set(recipients.map((recipient) => recipient.trim()))], others };
}

/** The same people as a file has now. */
export function wantedAsBefore({ keyGroups, shamirThreshold }: Wrapped): Wanted {
  const groups = keyGroups.map(({ age, others }) => ({ recipients: age.map(({ recipient }) => recipient), others }));
  return { groups, threshold: shamirThreshold };
}

/**
 * Wraps the data key for everybody. Wraps that are there stay when they hold the same, which they do not after the data
 * key or the way it is split has changed; those of other providers cannot be renewed then.
 * @throws ChangeProblem
 */
export async function wrapGroups(wanted: Wanted, dataKey: DataKey, before: Wrapped | undefined): Promise<Wrapped> {
  check(wanted);
  const isSplitAlike =
    before !== undefined &&
    before.keyGroups.length === wanted.groups.length &&
    before.shamirThreshold === wanted.threshold;
  const parts = isSplitAlike ? partsBefore(wanted, dataKey) : newParts(wanted, dataKey);
  const keyGroups = await Promise.all(
    wanted.groups.map(({ recipients, others }, index) => {
      const kept = isSplitAlike ? before.keyGroups[index] : undefined;
      if (others.length > 0 && kept === undefined) throw new ChangeProblem(cannotRenew);
      return wrapGroup(recipients, others, parts[index]!, kept?.age ?? []);
    }),
  );
  return { keyGroups, shamirThreshold: wanted.threshold };
}

const cannotRenew = "the file can also be opened through a provider that only SOPS can renew (kms, pgp, …)";

function check({ groups, threshold }: Wanted): void {
  if (groups.length === 0 || groups.some(({ recipients, others }) => recipients.length + others.length === 0)) {
    throw new ChangeProblem("nobody could open the file");
  }
  if (groups.length > 255 || threshold > groups.length || (groups.length > 1 && threshold < 2)) {
    throw new ChangeProblem("the threshold does not fit the key groups");
  }
}

function newParts({ groups, threshold }: Wanted, { key }: DataKey): readonly Uint8Array[] {
  return groups.length === 1 ? [key] : splitSecret(key, groups.length, threshold);
}

/** SOPS gives the groups the places 1, 2, …; the shares that were opened give those of all. */
function partsBefore(wanted: Wanted, dataKey: DataKey): readonly Uint8Array[] {
  if (wanted.groups.length === 1) return [dataKey.key];
  return wanted.groups.map((_, index) => {
    const share = shareAt(dataKey.shares, index + 1);
    if (share === undefined) throw new ChangeProblem("the shares of the data key do not belong together");
    return share;
  });
}

async function wrapGroup(
  recipients: readonly string[],
  others: readonly OtherWrap[],
  part: Uint8Array,
  kept: readonly AgeWrap[],
): Promise<KeyGroup> {
  const wraps = recipients.map(
    (recipient) => kept.find((wrap) => wrap.recipient === recipient) ?? wrap(recipient, part),
  );
  return { age: await Promise.all(wraps), others };
}

async function wrap(recipient: string, part: Uint8Array): Promise<AgeWrap> {
  try {
    return await wrapFor(recipient, part);
  } catch {
    throw new ChangeProblem(`nothing can be encrypted to the recipient ${recipient}`);
  }
}
