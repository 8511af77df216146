import type { DoraFigures } from "./facts/measured.ts";
import type { LedgerEntry } from "./measure/deployments.ts";
import { dayOf, percentile, rounded } from "./measure/figures.ts";

export interface DoraRequest {
  readonly environment: string;
  /** Of that environment, in whatever order; older ones are left out here. */
  readonly ledger: readonly LedgerEntry[];
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A release that serves, and how it was remedied when it had to be. */
interface Change {
  readonly entry: LedgerEntry & { readonly end: NonNullable<LedgerEntry["end"]> };
  readonly remedy?: LedgerEntry & { readonly end: NonNullable<LedgerEntry["end"]> };
}

const dayMs = 86_400_000;

/**
 * DORA's five figures of one environment (definitions of dora.dev, 2026-01):
 *
 * - change lead time: from the commit to the end of its deployment; median;
 * - deployment frequency: deployments that serve, a week;
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
    ({ kind, end }) => isChange(kind) && end.outcome !== "deployed" && end.at > since && end.at <= now,
  );
  const failed = changes.filter(({ remedy }) => remedy !== undefined);
  const leads = changes.flatMap(({ entry }) =>
    entry.committedAt === undefined ? [] : [entry.end.at - entry.committedAt],
  );
  const recoveries = failed.flatMap(({ entry, remedy }) =>
    remedy === undefined ? [] : [remedy.end.at - entry.end.at],
  );
  const rework = changes.filter(({ entry }) => entry.unplanned || entry.remediates !== undefined);
  return {
    environment,
    days,
    until: dayOf(now),
    leadTimeMs: median(leads),
    deploymentsPerWeek: {
      ...(all.length > 0 && { value: rounded((changes.length * 7) / days) }),
      times: changes.length,
    },
    recoveryMs: median(recoveries),
    changeFailRate: rate(failed.length, changes.length),
    changeFailRateWithAborted: rate(failed.length + takenOut.length, changes.length + takenOut.length),
    reworkRate: rate(rework.length, changes.length),
    leftOut: leftOut(changes, leads.length, ledger.length - all.length),
  };
}

/** Each deployment that came to serve, with its remedy. */
function changesOf(all: readonly Change["entry"][]): Change[] {
  return all
    .filter(({ kind, end }) => isChange(kind) && end.outcome === "deployed")
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

/** Going back is a remedy, and what is replaced by the same changes nothing. */
function isChange(kind: LedgerEntry["kind"]): boolean {
  return kind !== "rollback" && kind !== "mend";
}

function isEnded(entry: LedgerEntry): entry is Change["entry"] {
  return entry.end !== undefined;
}

function median(values: readonly number[]): DoraFigures["leadTimeMs"] {
  const value = percentile(values, 0.5);
  return { ...(value !== undefined && { value: rounded(value) }), times: values.length };
}

function rate(some: number, all: number): DoraFigures["changeFailRate"] {
  return { ...(all > 0 && { value: rounded(some / all) }), times: all };
}

function leftOut(changes: readonly Change[], withCommit: number, unfinished: number): string[] {
  const withoutCommit = changes.length - withCommit;
  return [
    "failures that nobody remedied by a rollback or by a deployment with --remediates",
    "the time from an incident to its being noticed",
    "changes that never became a release",
    "other environments, previews among them",
    ...(withoutCommit === 0
      ? []
      : [`the lead time of ${withoutCommit} of ${changes.length} deployments: made of no commit`]),
    ...(unfinished === 0 ? [] : [`${unfinished} that ${unfinished === 1 ? "has" : "have"} not ended`]),
  ];
}
