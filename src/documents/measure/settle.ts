import type { Measure, MeasuredEnvironment, MeasuredFacts, MeasuredTask } from "../facts/measured.ts";
import type { ObservedFacts } from "../facts/observed.ts";
import { isInBand } from "./figures.ts";

/** A measured value that is no longer what is written. Values are those of the facts: milliseconds, shares. */
export interface Moved {
  /** `tasks.test.median`. */
  readonly what: string;
  /** Absent: it had not been measured. */
  readonly before?: number;
  readonly now: number;
}

/**
 * What to write for what was measured now: where a value is in the band of the one that is written already, that one stays,
 * with its day. So noise changes no document, and what did happen does.
 */
export function settle(before: MeasuredFacts | undefined, now: MeasuredFacts): MeasuredFacts {
  if (before === undefined) return now;
  const { runs, dora } = now;
  return {
    ...now,
    ...(runs && { runs: settledRuns(before.runs, runs) }),
    tasks: now.tasks.map((task) => settledTask(named(before.tasks, task.name), task)),
    environments: now.environments.map((one) => settledMeasures(named(before.environments, one.name), one)),
    ...(dora && { dora: settledDora(before.dora, dora) }),
  };
}

/** The same for what environments take of the machine: it is never twice the same. */
export function settleCosts(before: ObservedFacts | undefined, now: ObservedFacts): ObservedFacts {
  if (before === undefined) return now;
  const environments = now.environments.map((one) => {
    const was = named(before.environments, one.name)?.cost;
    return was !== undefined && isSameCost(was, one.cost) ? { ...one, cost: was } : one;
  });
  return { ...now, environments };
}

type Cost = ObservedFacts["environments"][number]["cost"];

function isSameCost(before: Cost, now: Cost): boolean {
  if (before.processes !== now.processes) return false;
  const isSame = (was: number | undefined, is: number | undefined) =>
    was === undefined || is === undefined ? was === is : isInBand(was, is);
  return isSame(before.diskBytes, now.diskBytes) && isSame(before.memoryBytes, now.memoryBytes);
}

/** Every value that is out of the band of the one that is written. What is not measured here has not moved. */
export function movedSince(before: MeasuredFacts, now: MeasuredFacts): Moved[] {
  const groups = [
    ...now.tasks.map((task) => [`tasks.${task.name}`, named(before.tasks, task.name), task] as const),
    ...now.environments.map((one) => [`environments.${one.name}`, named(before.environments, one.name), one] as const),
    ...(now.runs ? [["runs", before.runs, now.runs] as const] : []),
  ];
  return groups.flatMap(([what, was, is]) =>
    measuresOf(is).flatMap(([name, measure]) => {
      const old = was && measuresOf(was).find(([other]) => other === name)?.[1];
      if (old !== undefined && isInBand(old.value, measure.value)) return [];
      return [{ what: `${what}.${name}`, ...(old && { before: old.value }), now: measure.value }];
    }),
  );
}

function settledRuns(
  before: MeasuredFacts["runs"],
  now: NonNullable<MeasuredFacts["runs"]>,
): NonNullable<MeasuredFacts["runs"]> {
  const isSame = before !== undefined && before.lastOutcome === now.lastOutcome && areInBand(before, now);
  return isSame ? before : settledMeasures(before, now);
}

function settledTask(before: MeasuredTask | undefined, now: MeasuredTask): MeasuredTask {
  if (before === undefined) return now;
  const counts = ({ tests, coverage, last }: MeasuredTask) =>
    JSON.stringify([tests?.passed, tests?.failed, tests?.skipped, coverage, last?.outcome]);
  const isSame = counts(before) === counts(now) && areInBand(before, now);
  return isSame ? before : settledMeasures(before, now);
}

const figures = [
  "leadTimeMs",
  "deploymentsPerWeek",
  "recoveryMs",
  "changeFailRate",
  "changeFailRateWithAborted",
  "reworkRate",
] as const;

function settledDora(
  before: MeasuredFacts["dora"],
  now: NonNullable<MeasuredFacts["dora"]>,
): NonNullable<MeasuredFacts["dora"]> {
  if (before === undefined || before.environment !== now.environment || before.days !== now.days) return now;
  const isSame = figures.every((name) => {
    const [was, is] = [before[name].value, now[name].value];
    return was === undefined || is === undefined ? was === is : isInBand(was, is);
  });
  return isSame ? before : now;
}

type Group = MeasuredTask | MeasuredEnvironment | NonNullable<MeasuredFacts["runs"]>;

/** Each measure by itself. */
function settledMeasures<T extends Group>(before: T | undefined, now: T): T {
  if (before === undefined) return now;
  const old = new Map(measuresOf(before));
  const kept = measuresOf(now).flatMap(([name, measure]) => {
    const was = old.get(name);
    return was !== undefined && isInBand(was.value, measure.value) ? [[name, was] as const] : [];
  });
  return { ...now, ...Object.fromEntries(kept) };
}

function areInBand(before: Group, now: Group): boolean {
  const [old, fresh] = [measuresOf(before), measuresOf(now)];
  const was = new Map(old);
  return (
    old.length === fresh.length &&
    fresh.every(([name, { value }]) => isInBand(was.get(name)?.value ?? Number.NaN, value))
  );
}

function measuresOf(group: Group): (readonly [string, Measure])[] {
  return Object.entries(group).filter((entry): entry is [string, Measure] => isMeasure(entry[1]));
}

function isMeasure(value: unknown): value is Measure {
  return typeof value === "object" && value !== null && "value" in value && "times" in value;
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string): T | undefined {
  return all.find((one) => one.name === name);
}
