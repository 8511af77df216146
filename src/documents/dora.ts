import { dayOf } from "../errors/quantities.ts";
import { type DoraFigures, leastDays } from "./facts/measured.ts";
import { isChange, type PastDeployment } from "./measure/deployments.ts";
import { percentile, rounded } from "./measure/figures.ts";

export interface DoraRequest {
  readonly environment: string;
  /** Of that environment, in whatever order; older ones are left out here. */
  readonly ledger: readonly PastDeployment[];
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A release that serves, and how it was remedied when it had to be. */
interface Change {
  readonly entry: PastDeployment & { readonly end: NonNullable<PastDeployment["end"]> };
  readonly remedy?: PastDeployment & { readonly end: NonNullable<PastDeployment["end"]> };
}

const dayMs = 86_400_000;

/**
 * DORA's five figures of one environment (definitions of dora.dev, 2026-01):
 *
 * - change lead time: from the commit to the end of the first deployment of its release; median;
 * - deployment frequency: deployments that serve, a week, since the first one or in these days;
 * - failed deployment recovery time: from the end of a deployment that had to be remedied to the end of its remedy; median;
 * - change fail rate: deployments that had to be remedied, of those that served;
 * - deployment rework rate: unplanned deployments, of those that served.
 *
 * A remedy is a deployment that says so (`remediates`), or the first rollback after it with no other deployment between. A
 * release that was taken out before it served alone has touched users, too: the change fail rate is told both ways.
 *
 * Example, 7 days: #1 deployed, #2 deployed, #3 rolls back (10 min later), #4 reverted, #5 deployed, remediates #2, unplanned.
 * Frequency 3 a week (#1, #2, #5); fail rate 1/3 (#2); with those taken out 2/4 (#2, #4); recovery 10 min; rework 1/3 (#5).
 */
export function doraFigures({ environment, ledger, days, now }: DoraRequest): DoraFigures {
  const since = now - days * dayMs;
  const all = ledger.filter(isEnded).sort((a, b) => a.id - b.id);
  const changes = changesOf(all).filter(({ entry }) => entry.end.at > since && entry.end.at <= now);
  const takenOut = all.filter(
    (one) => isChange(one) && one.end.outcome !== "deployed" && one.end.at > since && one.end.at <= now,
  );
  const failed = changes.filter(({ remedy }) => remedy !== undefined);
  const first = firstOfEach(all);
  const fresh = changes.filter(({ entry }) => first.has(entry.id));
  // A clock that was wrong makes a commit later than its deployment.
  const leads = fresh.flatMap(({ entry }) =>
    entry.committedAt === undefined || entry.committedAt > entry.end.at ? [] : [entry.end.at - entry.committedAt],
  );
  const known = all.length === 0 ? days : Math.min(days, Math.max(leastDays, (now - all[0]!.end.at) / dayMs));
  const recoveries = failed.flatMap(({ entry, remedy }) =>
    remedy === undefined ? [] : [remedy.end.at - entry.end.at],
  );
  const rework = changes.filter(({ entry }) => entry.unplanned || entry.remediates !== undefined);
  return {
    environment,
    days,
    until: dayOf(now),
    ...(all.length > 0 && { from: dayOf(Math.max(since, all[0]!.end.at)) }),
    leadTimeMs: median(leads),
    deploymentsPerWeek: {
      ...(all.length > 0 && { value: rounded((changes.length * 7) / known) }),
      times: changes.length,
    },
    recoveryMs: median(recoveries),
    changeFailRate: rate(failed.length, changes.length),
    changeFailRateWithAborted: rate(failed.length + takenOut.length, changes.length + takenOut.length),
    reworkRate: rate(rework.length, changes.length),
    leftOut: leftOut({ changes, fresh, known: leads.length, unfinished: ledger.length - all.length }),
  };
}

/** Each deployment that came to serve, with its remedy. */
function changesOf(all: readonly Change["entry"][]): Change[] {
  return all
    .filter((one) => isChange(one) && one.end.outcome === "deployed")
    .map((entry) => {
      const remedy = remedyOf(entry, all);
      return { entry, ...(remedy && { remedy }) };
    });
}

/** The first that remedied it: a rollback right after it, or a deployment that says so. */
function remedyOf(entry: Change["entry"], all: readonly Change["entry"][]): Change["entry"] | undefined {
  const served = all.filter(({ id, kind, end }) => id > entry.id && kind !== "mend" && end.outcome === "deployed");
  const [next] = served;
  if (next?.kind === "rollback") return next;
  return served.find(({ kind, remediates }) => kind !== "rollback" && remediates === entry.id);
}

/** Of each release the deployment that made it serve first: whatever comes later brings no change. */
function firstOfEach(all: readonly Change["entry"][]): ReadonlySet<number> {
  const served = all.filter(({ end }) => end.outcome === "deployed").toReversed();
  return new Set(new Map(served.map(({ release, id }) => [release, id])).values());
}

function isEnded(entry: PastDeployment): entry is Change["entry"] {
  return entry.end !== undefined;
}

function median(values: readonly number[]): DoraFigures["leadTimeMs"] {
  const value = percentile(values, 0.5);
  return { ...(value !== undefined && { value: rounded(value) }), times: values.length };
}

function rate(some: number, all: number): DoraFigures["changeFailRate"] {
  return { ...(all > 0 && { value: rounded(some / all) }), times: all };
}

interface LeftOut {
  readonly changes: readonly Change[];
  /** Those of a release that had not served before. */
  readonly fresh: readonly Change[];
  /** How many of these have a lead time. */
  readonly known: number;
  readonly unfinished: number;
}

function leftOut({ changes, fresh, known, unfinished }: LeftOut): string[] {
  const [again, without] = [changes.length - fresh.length, fresh.length - known];
  const lead = (some: number, because: string) =>
    some === 0 ? [] : [`the lead time of ${some} of ${changes.length} deployments: ${because}`];
  return [
    "failures that nobody remedied with a rollback or with a deployment with --remediates",
    "the time from an incident to its being noticed",
    "changes that never became a release",
    "other environments, previews among them",
    ...lead(again, "the release had served there before"),
    ...lead(without, "made from no commit, or from one whose time cannot be determined"),
    ...(unfinished === 0 ? [] : [`${unfinished} that ${unfinished === 1 ? "has" : "have"} not ended`]),
  ];
}
