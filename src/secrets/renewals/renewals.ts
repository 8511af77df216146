import * as v from "valibot";
import { describeIssues } from "../../errors/describe-issues.ts";
import { dayOf } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";

/**
 * A secret that somebody could read who no longer may: until it has another value, that person may know it. Kept in a
 * committed file, so that it is seen through by whoever comes to it. Names and dates, no values.
 */
export interface Renewal {
  /** An environment, or `shared`. */
  readonly place: string;
  readonly key: string;
  /** Who could read it: the name in the signers file, else the recipient. */
  readonly person: string;
  /** Days, `2027-01-31`. */
  readonly since: string;
  readonly due: string;
  /** The day it was given another value. */
  readonly done?: string;
  /** Of the file with that value: one with a lower counter is from before. Absent: not done, or nobody signs the files. */
  readonly counter?: number;
}

/** In the order in which they came up. */
export type Renewals = readonly Renewal[];

const daysToRenew = 30;

const day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/), v.isoDate());
const schema = v.strictObject({
  version: v.literal(1),
  renewals: v.array(
    v.strictObject({
      place: v.string(),
      key: v.string(),
      person: v.string(),
      since: day,
      due: day,
      done: v.exactOptional(day),
      counter: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
    }),
  ),
});

/** `secrets-file-invalid` when it is not as `printRenewals` makes it. */
export function parseRenewals(path: string, text: string): Result<Renewals> {
  const parsed = v.safeParse(schema, parseJson(text));
  if (parsed.success) return ok(parsed.output.renewals);
  const cause = describeIssues(parsed.issues);
  const hint = "Undo what was changed in it: `git diff` shows it.";
  return failed({ code: "secrets-file-invalid", message: `${path} is not a list of renewals`, cause, hint });
}

/** One renewal a line each, so that two branches seldom touch the same one. */
export function printRenewals(renewals: Renewals): string {
  const lines = renewals.map((one) => `    ${JSON.stringify(one)}`);
  return `{\n  "version": 1,\n  "renewals": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

/** With everything that the person could read open; what is open already stays as it is. */
export function open(
  renewals: Renewals,
  what: readonly Pick<Renewal, "place" | "key">[],
  person: string,
  today: string,
): Renewals {
  const isOpen = ({ place, key }: Pick<Renewal, "place" | "key">) =>
    renewals.some((one) => one.done === undefined && one.place === place && one.key === key && one.person === person);
  const due = addDays(today, daysToRenew);
  const added = what.filter((one) => !isOpen(one)).map(({ place, key }) => ({ place, key, person, since: today, due }));
  return [...renewals, ...added];
}

/** With these values renewed, or gone, as `by` says. Unchanged (the same array) when none of them was open. */
export function renewed(
  renewals: Renewals,
  what: readonly Pick<Renewal, "place" | "key">[],
  by: Pick<Renewal, "counter"> & { readonly today: string },
): Renewals {
  const { today: done, counter } = by;
  const isMeant = (one: Renewal) =>
    one.done === undefined && what.some(({ place, key }) => place === one.place && key === one.key);
  return renewals.some(isMeant)
    ? renewals.map((one) => (isMeant(one) ? { ...one, done, ...(counter !== undefined && { counter }) } : one))
    : renewals;
}

/**
 * What two branches noted, as one: nothing that either knows is lost. What is done on one side is done; what both opened for the same
 * person is due when the first is.
 */
export function union(ours: Renewals, theirs: Renewals): Renewals {
  const all = new Map<string, Renewal>();
  for (const one of [...ours, ...theirs]) {
    const before = all.get(identityOf(one));
    all.set(identityOf(one), before?.done === undefined ? { ...one, ...before, ...doneOf(one) } : before);
  }
  const open = new Map<string, Renewal>();
  return [...all.values()]
    .sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0))
    .filter((one) => {
      const isFirst = one.done !== undefined || !open.has(secretOf(one));
      if (one.done === undefined && isFirst) open.set(secretOf(one), one);
      return isFirst;
    });
}

function doneOf({ done, counter }: Renewal): Pick<Renewal, "done" | "counter"> {
  return done === undefined ? {} : { done, ...(counter !== undefined && { counter }) };
}

/** A person may lose the same secret twice, on two days. */
function identityOf(one: Renewal): string {
  return JSON.stringify([secretOf(one), one.since]);
}

function secretOf({ place, key, person }: Renewal): string {
  return JSON.stringify([place, key, person]);
}

/** Those that are still to be done. */
export function openOnes(renewals: Renewals): Renewals {
  return renewals.filter(({ done }) => done === undefined);
}

function addDays(start: string, days: number): string {
  return dayOf(Date.parse(`${start}T00:00:00Z`) + days * 86_400_000);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
