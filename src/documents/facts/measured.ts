import * as v from "valibot";
import { deploymentOutcomes } from "../../events/deployment-events.ts";

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** `2027-01-31`, by UTC. */
const day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));

/** How long something took or how large a share is: two significant digits, when it was last seen, how often. */
export const measure = v.strictObject({ value: v.number(), at: day, times: count });

const maybe = v.exactOptional(measure);

/**
 * Two percentiles are of the same values. Facts of before had those of different days, or one without the other: such a pair
 * says nothing, and is left out. `docs --check` sees by that that this version would not have written them.
 */
function ofOne<T extends { [name: string]: unknown }>(below: keyof T & string, above: keyof T & string) {
  return (facts: T): T => {
    const [low, high] = [facts[below], facts[above]] as readonly (v.InferOutput<typeof measure> | undefined)[];
    const isOne = low?.times === high?.times && low?.at === high?.at && (low?.value ?? 0) <= (high?.value ?? 0);
    if (isOne) return facts;
    const { [below]: _low, [above]: _high, ...rest } = facts;
    return rest as T;
  };
}

export const measuredTask = v.strictObject({
  name: text,
  median: maybe,
  p90: maybe,
  /** 0 to 1. */
  hitRate: maybe,
  failureRate: maybe,
  last: v.exactOptional(v.strictObject({ outcome: v.picklist(["succeeded", "failed", "cancelled"]), at: day })),
  /** Shares of what tests reach, 0 to 1. */
  coverage: v.exactOptional(v.strictObject({ lines: v.number(), branches: v.number(), functions: v.number() })),
  tests: v.exactOptional(v.strictObject({ passed: count, failed: count, skipped: count, at: day })),
  /** Executions of the same fingerprint whose outputs were compared, and how many of them were equal. */
  reproduced: v.exactOptional(v.strictObject({ compared: count, equal: count, at: day })),
});

const flaky = v.strictObject({ task: text, test: text, flips: count, runs: count, at: day });

export const measuredEnvironment = v.strictObject({
  name: text,
  deployments: count,
  failed: count,
  rolledBack: count,
  last: v.exactOptional(v.strictObject({ deployment: count, outcome: v.picklist(deploymentOutcomes), at: day })),
  deployMs: maybe,
  rollbackP50: maybe,
  rollbackP99: maybe,
  lastRollback: v.exactOptional(day),
  /** Gates that were asked, by name: how the last answer was. */
  gates: v.array(v.strictObject({ name: text, passed: v.boolean(), at: day })),
  /** Instances that ended by themselves, among the last 1,000 incidents. */
  losses: count,
  lastLoss: v.exactOptional(day),
});

const doraFigure = v.strictObject({
  /** Milliseconds, a number a week, or a share; absent: there was nothing to count. */
  value: v.exactOptional(v.number()),
  times: count,
});

export const doraSchema = v.strictObject({
  environment: text,
  days: count,
  until: day,
  /** Of the first deployment, or of the first of these days: what the frequency counts from. Absent: nothing was counted. */
  from: v.exactOptional(day),
  leadTimeMs: doraFigure,
  deploymentsPerWeek: doraFigure,
  recoveryMs: doraFigure,
  changeFailRate: doraFigure,
  /** The same with releases counted that were taken out before they served alone. */
  changeFailRateWithAborted: doraFigure,
  reworkRate: doraFigure,
  leftOut: v.array(text),
});

export const measuredRuns = v.strictObject({
  count,
  from: day,
  to: day,
  failed: count,
  /** Of whole runs. */
  medianMs: maybe,
  /** From the beginning of a run to its end, of runs that failed: no failure is told later. */
  failedMs: maybe,
  lastOutcome: v.picklist(["succeeded", "failed", "cancelled", "unfinished"]),
});

export const measuredReleases = v.strictObject({
  count,
  last: day,
  files: count,
  bytes: v.number(),
  quarantined: count,
});

/** What runs, deployments and tests have shown. Absent: nothing was recorded, or it cannot be read here. */
export const measuredSchema = v.pipe(
  v.strictObject({
    runs: v.exactOptional(measuredRuns),
    tasks: v.array(v.pipe(measuredTask, v.transform(ofOne("median", "p90")))),
    flaky: v.array(flaky),
    releases: v.exactOptional(measuredReleases),
    environments: v.array(v.pipe(measuredEnvironment, v.transform(ofOne("rollbackP50", "rollbackP99")))),
    dora: v.exactOptional(doraSchema),
  }),
  v.transform(({ dora, ...rest }) => ({ ...rest, ...(dora !== undefined && isCounted(dora) && { dora }) })),
);

const dayMs = 86_400_000;
/** A week is what the frequency is told of: less than one says nothing of it. */
export const leastDays = 7;

/** Whether the frequency is what is counted today: facts of before counted over all days, also those before the first deployment. */
function isCounted({
  from,
  until,
  days,
  deploymentsPerWeek: { value, times },
}: v.InferOutput<typeof doraSchema>): boolean {
  if (value === undefined || from === undefined) return value === from;
  const between = (Date.parse(until) - Date.parse(from)) / dayMs;
  // A day is as long as what lies between two of them, give or take one.
  const [most, least] = [between - 1, between + 1].map((passed) => {
    const counted = Math.min(days, Math.max(leastDays, passed));
    return Number(((times * 7) / counted).toPrecision(2));
  }) as [number, number];
  return value <= most && value >= least;
}

export type MeasuredFacts = v.InferOutput<typeof measuredSchema>;
export type Measure = v.InferOutput<typeof measure>;
export type MeasuredTask = MeasuredFacts["tasks"][number];
export type MeasuredEnvironment = MeasuredFacts["environments"][number];
export type DoraFigures = v.InferOutput<typeof doraSchema>;
