import { pathToFileURL } from "node:url";
import { newAnalysis, nextAnalysis, verdictOf } from "../src/rollout/analysis/analysis.ts";
import type { ArmCounts, Tick } from "../src/rollout/analysis/counts.ts";

/**
 * How often does the analysis take out a release that is as good as the one before, and how soon one that is worse?
 * Simulated rollouts, 100 requests a tick, the candidate with 5, 10, 25 and 50 % of them for 60 ticks each; α = 1 %.
 * Beside it, on the same traces, what is used elsewhere: a fixed threshold (more than 1 % errors in a tick, ten strikes), a
 * z-test that is looked at after each tick, and a Mann-Whitney test of the last ten ticks, repeated every ten.
 *
 *     node bench/detection.ts [--rollouts 2000] [--seed 1]
 */
export interface Scenario {
  readonly name: string;
  /** Error rates of both arms at a tick. */
  readonly errors: (tick: number) => { readonly candidate: number; readonly baseline: number };
  /** How many requests fail together. */
  readonly cluster?: number;
  /** What the candidate does to the time that a request takes, in which `chance()` draws from 0 to 1. Default: nothing. */
  readonly slower?: (chance: () => number) => number;
  readonly isGuarded?: boolean;
}

export interface Found {
  /** Part of the rollouts, 0 to 1. */
  readonly alarms: number;
  /** Requests that the candidate had served then; of the rollouts with an alarm. */
  readonly medianRequests: number | undefined;
}

export type Method = "analysis" | "threshold" | "peeking z-test" | "Mann-Whitney";

const alpha = 0.01;
const requestsPerTick = 100;
const steps = [0.05, 0.1, 0.25, 0.5];
const ticksPerStep = 60;
/** Standard normal quantiles: the baseline's p50, p90, p95 and p99 before the rollout. */
const thresholds = [0, 1.2816, 1.6449, 2.3263];
/** Of the logarithm of a latency. */
const spread = 0.5;

const both = (rate: number) => () => ({ candidate: rate, baseline: rate });
const change = (baseline: number, candidate: number) => () => ({ candidate, baseline });

export const scenarios: readonly Scenario[] = [
  { name: "equal, 0.5 %", errors: both(0.005) },
  { name: "equal, 5 %", errors: both(0.05) },
  {
    name: "equal, drifting 1 to 5 %",
    errors: (tick) => both(0.03 + 0.02 * Math.sin((tick / 240) * 4 * Math.PI))(),
  },
  { name: "equal, 0.5 %, guarded", errors: both(0.005), isGuarded: true },
  { name: "equal, 2 % in clusters of 2, guarded", errors: both(0.02), cluster: 2, isGuarded: true },
  { name: "equal, 2 % in clusters of 5, guarded", errors: both(0.02), cluster: 5, isGuarded: true },
  { name: "equal, 2 % in clusters of 10, guarded", errors: both(0.02), cluster: 10, isGuarded: true },
  { name: "equal, 2 % in clusters of 20, guarded", errors: both(0.02), cluster: 20, isGuarded: true },
  { name: "equal, 2 % in clusters of 5, by request", errors: both(0.02), cluster: 5 },
  { name: "0.5 → 1 %", errors: change(0.005, 0.01) },
  { name: "0.5 → 2 %", errors: change(0.005, 0.02) },
  { name: "0.5 → 5 %", errors: change(0.005, 0.05) },
  { name: "0.5 → 5 %, guarded", errors: change(0.005, 0.05), isGuarded: true },
  { name: "0.5 → 30 %", errors: change(0.005, 0.3) },
  { name: "latency + 10 %", errors: both(0.005), slower: () => 1.1 },
  { name: "latency + 25 %", errors: both(0.005), slower: () => 1.25 },
  { name: "latency × 2", errors: both(0.005), slower: () => 2 },
  { name: "latency × 10 of 3 %", errors: both(0.005), slower: (chance) => (chance() < 0.03 ? 10 : 1) },
];

/** Runs one scenario many times. */
export function simulate(scenario: Scenario, rollouts: number, seed: number): Record<Method, Found> {
  const chance = randomOf(seed);
  const found: Record<Method, number[]> = { analysis: [], threshold: [], "peeking z-test": [], "Mann-Whitney": [] };
  for (let rollout = 0; rollout < rollouts; rollout += 1) {
    for (const [method, requests] of Object.entries(oneRollout(scenario, chance)))
      found[method as Method].push(requests as number);
  }
  const told = (alarms: readonly number[]): Found => ({
    alarms: alarms.length / rollouts,
    medianRequests: alarms.length === 0 ? undefined : median(alarms),
  });
  return {
    analysis: told(found.analysis),
    threshold: told(found.threshold),
    "peeking z-test": told(found["peeking z-test"]),
    "Mann-Whitney": told(found["Mann-Whitney"]),
  };
}

/** After how many requests of the candidate each method said that it is worse. */
function oneRollout(scenario: Scenario, chance: () => number): Partial<Record<Method, number>> {
  const found: Partial<Record<Method, number>> = {};
  const rivals = new Rivals();
  let analysis = newAnalysis({
    alpha,
    beta: 0.05,
    tolerance: 1,
    goodBelowRatio: 2,
    thresholds: thresholds.length,
    isGuarded: scenario.isGuarded === true,
  });
  let requests = 0;
  for (let at = 0; at < steps.length * ticksPerStep; at += 1) {
    const share = steps[Math.floor(at / ticksPerStep)] as number;
    const tick = draw(scenario, at, share, chance);
    requests += tick.candidate.requests;
    if (found.analysis === undefined) {
      analysis = nextAnalysis(analysis, tick, share);
      if (verdictOf(analysis).verdict === "regression") found.analysis = requests;
    }
    for (const rival of rivals.next(tick)) found[rival] ??= requests;
  }
  return found;
}

function draw(scenario: Scenario, at: number, share: number, chance: () => number): Tick {
  const rates = scenario.errors(at);
  let candidates = 0;
  for (let request = 0; request < requestsPerTick; request += 1) if (chance() < share) candidates += 1;
  const arm = (requests: number, rate: number, slower: (() => number) | undefined): ArmCounts => {
    const slow = thresholds.map(() => 0);
    for (let request = 0; request < requests; request += 1) {
      const latency = normal(chance) + (slower === undefined ? 0 : Math.log(slower()) / spread);
      for (const [threshold, limit] of thresholds.entries()) if (latency > limit) (slow[threshold] as number) += 1;
    }
    return { requests, errors: errorsAmong(requests, rate, scenario.cluster ?? 1, chance), slower: slow };
  };
  const slower = scenario.slower;
  return {
    candidate: arm(candidates, rates.candidate, slower && (() => slower(chance))),
    baseline: arm(requestsPerTick - candidates, rates.baseline, undefined),
  };
}

/** Clusters of failures, each within one arm: a user whose session is broken, an instance that is. */
function errorsAmong(requests: number, rate: number, cluster: number, chance: () => number): number {
  let errors = 0;
  for (let request = 0; request < requests; request += 1) if (chance() < rate / cluster) errors += cluster;
  return Math.min(errors, requests);
}

/** What others do with the same traces. */
class Rivals {
  #strikes = 0;
  readonly #sum = { candidate: { requests: 0, errors: 0 }, baseline: { requests: 0, errors: 0 } };
  #window: { candidate: number; baseline: number }[] = [];

  next({ candidate, baseline }: Tick): Method[] {
    const found: Method[] = [];
    if (candidate.requests > 0 && candidate.errors / candidate.requests > 0.01) this.#strikes += 1;
    if (this.#strikes >= 10) found.push("threshold");
    for (const [arm, { requests, errors }] of [
      ["candidate", candidate],
      ["baseline", baseline],
    ] as const) {
      this.#sum[arm].requests += requests;
      this.#sum[arm].errors += errors;
    }
    if (zScore(this.#sum.candidate, this.#sum.baseline) > 2.3263) found.push("peeking z-test");
    const rate = ({ requests, errors }: ArmCounts) => (requests === 0 ? 0 : errors / requests);
    this.#window.push({ candidate: rate(candidate), baseline: rate(baseline) });
    if (this.#window.length === 10) {
      if (isHigher(this.#window)) found.push("Mann-Whitney");
      this.#window = [];
    }
    return found;
  }
}

function zScore(
  candidate: { requests: number; errors: number },
  baseline: { requests: number; errors: number },
): number {
  const pooled = (candidate.errors + baseline.errors) / (candidate.requests + baseline.requests);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / candidate.requests + 1 / baseline.requests));
  return error > 0 ? (candidate.errors / candidate.requests - baseline.errors / baseline.requests) / error : 0;
}

/** Mann-Whitney, one-sided at 5 %, by its normal approximation with ties. */
function isHigher(window: readonly { candidate: number; baseline: number }[]): boolean {
  const count = window.length;
  let wins = 0;
  for (const { candidate } of window)
    for (const { baseline } of window) wins += candidate > baseline ? 1 : candidate === baseline ? 0.5 : 0;
  const all = window.flatMap(({ candidate, baseline }) => [candidate, baseline]).sort((one, other) => one - other);
  const ties = Object.values(Object.groupBy(all, String)).reduce(
    (sum, same = []) => sum + same.length ** 3 - same.length,
    0,
  );
  const variance = ((count * count) / 12) * (2 * count + 1 - ties / (2 * count * (2 * count - 1)));
  return variance > 0 && (wins - (count * count) / 2 - 0.5) / Math.sqrt(variance) > 1.6449;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** Box and Muller. */
function normal(chance: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}

/** mulberry32: 0 ≤ x < 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const rollouts = option("rollouts", 2000);
  const seed = option("seed", 1);
  const methods: readonly Method[] = ["analysis", "threshold", "peeking z-test", "Mann-Whitney"];
  console.log(
    `${rollouts} rollouts a row, seed ${seed}: alarms, and after how many requests of the candidate (median)\n`,
  );
  console.log(`| what is true | ${methods.join(" | ")} |\n|---|${methods.map(() => "---|").join("")}`);
  for (const scenario of scenarios) {
    const found = simulate(scenario, rollouts, seed);
    const cells = methods.map((method) => {
      const { alarms, medianRequests } = found[method];
      return `${(alarms * 100).toFixed(1)} %${medianRequests === undefined ? "" : `, ${medianRequests}`}`;
    });
    console.log(`| ${scenario.name} | ${cells.join(" | ")} |`);
  }
}
