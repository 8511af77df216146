import type { Change, KeyPath, PlainValue } from "./text/value.ts";

/** What one side did to a key since the common ancestor. */
export type SideChange = "added" | "changed" | "removed";

/** A key that both sides changed, differently. No values. */
export interface MergeConflict {
  readonly path: KeyPath;
  readonly ours: SideChange;
  readonly theirs: SideChange;
}

/** The outcome: what to take over, and what somebody has to settle. */
export interface MergedValues {
  /** What to do to our side to have both sides' changes. */
  readonly changes: readonly Change[];
  readonly conflicts: readonly MergeConflict[];
}

type Content = ReadonlyMap<string, PlainValue>;

/**
 * Three-way merge by key: what only one side changed is taken, what both changed alike is fine, maps are merged member by member,
 * lists and scalars are one value. A conflict leaves our side's value.
 */
export function mergeValues(base: Content, ours: Content, theirs: Content, path: KeyPath = []): MergedValues {
  const keys = new Set([...ours.keys(), ...theirs.keys(), ...base.keys()]);
  const merged = [...keys].map((key) => mergeOne([...path, key], base.get(key), ours.get(key), theirs.get(key)));
  return {
    changes: merged.flatMap(({ changes }) => changes),
    conflicts: merged.flatMap(({ conflicts }) => conflicts),
  };
}

type Value = PlainValue | undefined;

const nothing: MergedValues = { changes: [], conflicts: [] };

function mergeOne(path: KeyPath, base: Value, ours: Value, theirs: Value): MergedValues {
  if (isEqual(ours, theirs) || isEqual(base, theirs)) return nothing;
  if (isEqual(base, ours)) {
    const change: Change = theirs === undefined ? { path, remove: true } : { path, value: theirs };
    return { changes: [change], conflicts: [] };
  }
  if (isMap(ours) && isMap(theirs)) return mergeValues(isMap(base) ? base : new Map(), ours, theirs, path);
  return { changes: [], conflicts: [{ path, ours: changeOf(base, ours), theirs: changeOf(base, theirs) }] };
}

function isEqual(one: Value, other: Value): boolean {
  return (one === undefined && other === undefined) || isSamePlain(one, other);
}

function changeOf(base: Value, side: Value): SideChange {
  if (side === undefined) return "removed";
  return base === undefined ? "added" : "changed";
}

function isMap(value: Value): value is Content {
  return value instanceof Map;
}

/** Whether both are there and equal. */
export function isSamePlain(one: PlainValue | undefined, other: PlainValue | undefined): boolean {
  return one !== undefined && other !== undefined && canonical(one) === canonical(other);
}

/** Equal for equal values, and for no others; the order of a map's keys does not count. */
function canonical(value: PlainValue): string {
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, PlainValue>)].map(
      ([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`,
    );
    return `{${members.sort().join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return `float ${Object.is(value, -0) ? "-0" : value}`;
  return value instanceof Date ? `date ${value.getTime()}` : JSON.stringify(value);
}

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
