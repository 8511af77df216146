import type { DeploymentEnd } from "../store/store.ts";
import type { Comparing } from "../strategies/strategy.ts";
import type { PastComparison, PastShare, Told } from "./past-comparison.ts";

/** What was written down of a comparison while it went on, beside the journal. */
export interface Written {
  /** What was told of it, in order, as far as it is still kept. */
  readonly told: readonly Told[];
  /** Absent while the deployment goes on. */
  readonly end: Pick<DeploymentEnd, "outcome" | "failures"> | undefined;
  /** How the deployment was to be compared, by its spec. */
  readonly rules: Comparing | undefined;
}

/**
 * `same`: the verdict that was written down is the one that follows, to the last bit of its numbers. `other`: it is not.
 * `notKept`: only the newest of what is told is kept, and of this nothing is any more. `none`: there was no verdict.
 */
export type Standing = "same" | "other" | "notKept" | "none";

export interface RederivedShare extends PastShare {
  readonly standing: Standing;
  /** The first thing that was written down and does not follow. */
  readonly unexplained?: Told;
}

export interface Rederived extends PastComparison {
  readonly shares: readonly RederivedShare[];
  /** Whether the deployment's end follows from its journal; `none`: it has not ended. */
  readonly end: Exclude<Standing, "notKept">;
  /** Whether the journal's plan compares as the deployment was to. */
  readonly sameRules: boolean;
  /** Everything that was written down follows from the journal. */
  readonly isSame: boolean;
}

/**
 * Holds what follows from a deployment's journal against what was written down of it elsewhere. What was told may have
 * gaps (an agent that dies tells nothing), so each has to follow, in order; numbers are compared bit by bit. Wording is
 * not compared: another version may put it differently.
 */
export function rederive(past: PastComparison, written: Written): Rederived {
  const steps = [...new Set([...past.shares.map(({ step }) => step), ...written.told.map(({ step }) => step)])];
  const shares = steps
    .sort((one, other) => one - other)
    .map((step) => {
      const share = past.shares.find((one) => one.step === step) ?? { step, share: 0, looks: [], verdicts: [] };
      return withStanding(share, past.told, written.told);
    });
  const end = endOf(past, written.end);
  const sameRules = written.rules !== undefined && isEqual(written.rules, past.rules);
  const isSame = sameRules && end !== "other" && shares.every(({ standing }) => standing !== "other");
  return { ...past, shares, end, sameRules, isSame };
}

function withStanding(share: PastShare, derived: readonly Told[], written: readonly Told[]): RederivedShare {
  const follows = derived.filter(({ step }) => step === share.step);
  const kept = written.filter(({ step }) => step === share.step);
  const unexplained = firstUnexplained(follows, kept);
  if (unexplained !== undefined) return { ...share, standing: "other", unexplained };
  if (share.verdicts.length === 0) return { ...share, standing: "none" };
  return { ...share, standing: kept.some(({ type }) => type === "verdictGiven") ? "same" : "notKept" };
}

/** The first of `kept` that is not among what follows, behind the one before. */
function firstUnexplained(follows: readonly Told[], kept: readonly Told[]): Told | undefined {
  let from = 0;
  return kept.find((one) => {
    const at = follows.findIndex((other, index) => index >= from && isSameTold(other, one));
    from = at + 1;
    return at === -1;
  });
}

function isSameTold(one: Told, other: Told): boolean {
  const verdictOf = (told: Told) => (told.type === "verdictGiven" ? [told.verdict, told.follows] : []);
  return (
    one.type === other.type && isEqual(verdictOf(one), verdictOf(other)) && isEqual(numbersOf(one), numbersOf(other))
  );
}

function numbersOf({ figures }: Told): readonly number[] {
  if (figures === undefined) return [];
  const { candidate, baseline, evidence, needed } = figures;
  return [candidate.requests, candidate.errors, baseline.requests, baseline.errors, evidence, needed];
}

function endOf({ state }: PastComparison, end: Written["end"]): Rederived["end"] {
  if (end === undefined) return "none";
  const codes = (failures: DeploymentEnd["failures"]) => failures.map(({ code }) => code);
  if (state.phase !== "ended" || state.outcome !== end.outcome) return "other";
  return isEqual(codes(state.failures), codes(end.failures)) ? "same" : "other";
}

/** Of lists and flat records of plain values. Numbers are written so that each has its own text. */
function isEqual(one: object, other: object): boolean {
  const text = (value: object) => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(one) === text(other);
}
