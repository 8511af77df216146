import type { Measure, MeasuredEnvironment, MeasuredFacts, MeasuredTask } from "../facts/measured.ts";
import type { ObservedFacts } from "../facts/observed.ts";
import { isInBand, type Unit } from "./figures.ts";

/** A measured value that is no longer what is written. Values are those of the facts: milliseconds, shares. */
export interface Moved {
  readonly of: "task" | "environment" | "runs";
  /** Of the task or the environment. */
  readonly name?: string;
  readonly figure: MeasuredFigure;
  /** Absent: it had not been measured. */
  readonly before?: number;
  readonly now: number;
  /** How often it was measured. */
  readonly times: number;
}

export type MeasuredFigure =
  | "median"
  | "p90"
  | "hitRate"
  | "failureRate"
  | "deployMs"
  | "rollbackP50"
  | "rollbackP99"
  | "medianMs"
  | "failedMs";

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
    was === undefined || is === undefined ? was === is : isInBand("bytes", was, is);
  return isSame(before.diskBytes, now.diskBytes) && isSame(before.memoryBytes, now.memoryBytes);
}

/** Fewer than these, and one slow day is the whole measurement. */
const enough = 5;

/**
 * Every value that is out of the band of the one that is written, where it was measured often enough to say so. What is not
 * measured here has not moved.
 */
export function movedSince(before: MeasuredFacts, now: MeasuredFacts): Moved[] {
  return [
    ...now.tasks.flatMap((task) => moved({ of: "task", name: task.name }, named(before.tasks, task.name), task)),
    ...now.environments.flatMap((one) =>
      moved({ of: "environment", name: one.name }, named(before.environments, one.name), one),
    ),
    ...(now.runs ? moved({ of: "runs" }, before.runs, now.runs) : []),
  ];
}

function moved(subject: Pick<Moved, "of" | "name">, before: Group | undefined, now: Group): Moved[] {
  const written = new Map(before && measuresOf(before));
  return measuresOf(now).flatMap(([figure, { value, times }]) => {
    const was = written.get(figure)?.value;
    if (times < enough || (was !== undefined && isInBand(unitOf(figure), was, value))) return [];
    return [{ ...subject, figure, ...(was !== undefined && { before: was }), now: value, times }];
  });
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

const figures = {
  leadTimeMs: "ms",
  deploymentsPerWeek: "aWeek",
  recoveryMs: "ms",
  changeFailRate: "share",
  changeFailRateWithAborted: "share",
  reworkRate: "share",
} as const;

function settledDora(
  before: MeasuredFacts["dora"],
  now: NonNullable<MeasuredFacts["dora"]>,
): NonNullable<MeasuredFacts["dora"]> {
  if (before === undefined || before.environment !== now.environment || before.days !== now.days) return now;
  const isSame = Object.entries(figures).every(([name, unit]) => {
    const [was, is] = [before, now].map((all) => all[name as keyof typeof figures].value);
    return was === undefined || is === undefined ? was === is : isInBand(unit, was, is);
  });
  return isSame ? before : now;
}

type Group = MeasuredTask | MeasuredEnvironment | NonNullable<MeasuredFacts["runs"]>;

/** What is of the same values stays or goes together: a median of then and a 90 % of now would be of nothing that ever was. */
const families: readonly (readonly MeasuredFigure[])[] = [
  ["median", "p90"],
  ["rollbackP50", "rollbackP99"],
];

/** Each measure by itself, or with its family. */
function settledMeasures<T extends Group>(before: T | undefined, now: T): T {
  if (before === undefined) return now;
  const old = new Map(measuresOf(before));
  const fresh = new Map(measuresOf(now));
  const stays = (name: MeasuredFigure) => {
    const [was, is] = [old.get(name), fresh.get(name)];
    return was === undefined || is === undefined ? was === is : isInBand(unitOf(name), was.value, is.value);
  };
  const kept = [...fresh.keys()].flatMap((name) => {
    const family = families.find((one) => one.includes(name)) ?? [name];
    return old.has(name) && family.every(stays) ? [[name, old.get(name)] as const] : [];
  });
  return { ...now, ...Object.fromEntries(kept) };
}

function areInBand(before: Group, now: Group): boolean {
  const [old, fresh] = [measuresOf(before), measuresOf(now)];
  const was = new Map(old);
  return (
    old.length === fresh.length &&
    fresh.every(([name, { value }]) => isInBand(unitOf(name), was.get(name)?.value ?? Number.NaN, value))
  );
}

function unitOf(figure: MeasuredFigure): Unit {
  return figure === "hitRate" || figure === "failureRate" ? "share" : "ms";
}

function measuresOf(group: Group): (readonly [MeasuredFigure, Measure])[] {
  return Object.entries(group).filter((entry): entry is [MeasuredFigure, Measure] => isMeasure(entry[1]));
}

function isMeasure(value: unknown): value is Measure {
  return typeof value === "object" && value !== null && "value" in value && "times" in value;
}

function named<T extends { readonly name: string }>(all: readonly T[], name: string): T | undefined {
  return all.find((one) => one.name === name);
}
