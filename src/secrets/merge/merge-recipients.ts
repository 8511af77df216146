/** Who can read the merged file, and whether somebody who could no longer may. */
export interface MergedRecipients {
  readonly recipients: readonly string[];
  /** Somebody of the common ancestor or of a side is left out: the file needs a new data key. */
  readonly isReduced: boolean;
}

/** What either side added is in, what either side removed is out; in the order of our side. */
export function mergeRecipients(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[],
): MergedRecipients {
  const kept = ours.filter((one) => theirs.includes(one) || !base.includes(one));
  const added = theirs.filter((one) => !ours.includes(one) && !base.includes(one));
  const recipients = [...kept, ...added];
  const isReduced = [...base, ...ours, ...theirs].some((one) => !recipients.includes(one));
  return { recipients, isReduced };
}
