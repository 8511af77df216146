import { observeGateway } from "../../agent/observe.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { InstanceTraffic } from "../../gateway/gateway.ts";
import { rulesOf } from "../../rollout/analysis/comparison.ts";
import {
  forecastGood,
  forecastRegression,
  type Known,
  type Outlook,
  type Regression,
} from "../../rollout/analysis/forecast.ts";
import type { RolloutPlan } from "../../rollout/plan.ts";
import type { DeploymentRecord } from "../../store/store.ts";
import type { OnNoEvidence } from "../../strategies/step.ts";
import type { Session } from "../session.ts";

/** Which regression a canary would see, after how many requests, in how long; and whether a good release is known as one. */
export interface CanaryForecast {
  readonly traffic: ForecastTraffic;
  /** What part of the requests it gets, step by step, 0 to 1. */
  readonly shares: readonly number[];
  readonly holdMs: number;
  readonly onNoEvidence: OnNoEvidence;
  readonly alpha: number;
  /** A regression has to show second by second, too: it takes longer than forecast. */
  readonly guarded: boolean;
  /** `known` absent: not within a month. Empty without traffic. */
  readonly regressions: readonly (Regression & { readonly known?: Known })[];
  /** Of each step; `afterMs` absent: not by the time that it is over. Empty without traffic. */
  readonly good: readonly { readonly share: number; readonly afterMs?: number; readonly requests?: number }[];
}

export interface ForecastTraffic {
  readonly perSecond: number;
  /** What part of the requests fails of what serves, 0 to 1. */
  readonly failing: number;
  /** Absent: `perSecond` was given. */
  readonly measured?: { readonly requests: number; readonly overMs: number };
  /** Whether `failing` was assumed: too few requests were seen. */
  readonly isAssumed: boolean;
}

export interface ForecastRequest {
  readonly spec: DeploymentSpec;
  readonly rollout: RolloutPlan;
  readonly serving: DeploymentRecord | undefined;
  readonly perSecond: number | undefined;
}

/** What is looked for: a release that fails that much, or answers that take so many times as long. */
const regressions: readonly Regression[] = [
  { failing: 0.01 },
  { failing: 0.02 },
  { failing: 0.05 },
  { failing: 0.3 },
  { slower: 2 },
];
const assumedFailing = 0.005;
/** With fewer nobody knows which part fails. */
const fewestRequests = 1_000;
const thresholds = 4;

export async function forecastCanary(
  { stateFolder, ports }: Session,
  { spec, rollout, serving, perSecond }: ForecastRequest,
): Promise<CanaryForecast | undefined> {
  const { strategy } = spec;
  if (rollout.comparing === undefined || strategy.strategy !== "canary") return undefined;
  const gateway = await observeGateway(stateFolder);
  const seen = serving === undefined ? undefined : measured(gateway?.instances ?? [], serving, ports.now());
  const traffic = trafficOf(seen, perSecond);
  const { hold: holdMs, onNoEvidence, steps } = strategy;
  const shares = steps.map((percent) => percent / 100);
  const told = {
    traffic,
    shares,
    holdMs,
    onNoEvidence,
    ...{ alpha: rollout.comparing.alpha, guarded: rollout.comparing.guarded },
  };
  if (traffic.perSecond === 0) return { ...told, regressions: [], good: [] };
  const { failing } = traffic;
  const outlook: Outlook = {
    perSecond: traffic.perSecond,
    failing,
    shares,
    holdMs,
    rules: rulesOf(rollout.comparing, thresholds),
  };
  return {
    ...told,
    regressions: regressions
      .filter((one) => one.failing === undefined || one.failing > failing * rollout.comparing!.tolerance)
      .map((one) => {
        const known = forecastRegression(outlook, one);
        return known === undefined ? one : { ...one, known };
      }),
    good: forecastGood(outlook).map((known, step) => {
      const share = shares[step] as number;
      return known === undefined ? { share } : { share, afterMs: known.afterMs, requests: known.requests };
    }),
  };
}

interface Measured {
  readonly requests: number;
  readonly errors: number;
  readonly overMs: number;
}

/** What the gateway has counted of the deployment that serves, since that came or the gateway began. */
function measured(instances: readonly InstanceTraffic[], { id, end, at }: DeploymentRecord, now: number): Measured {
  const own = instances.filter(({ deployment, internal }) => deployment === id && !internal);
  const since = Math.max(end?.at ?? at, ...own.map((one) => one.since));
  const sum = (of: (one: InstanceTraffic) => number) => own.reduce((all, one) => all + of(one), 0);
  return {
    requests: sum(({ requests }) => requests),
    errors: sum(({ serverErrors, connectErrors, brokeOff }) => serverErrors + connectErrors + brokeOff),
    overMs: Math.max(1_000, now - since),
  };
}

function trafficOf(seen: Measured | undefined, perSecond: number | undefined): ForecastTraffic {
  const { requests, errors, overMs } = seen ?? { requests: 0, errors: 0, overMs: 1_000 };
  const isAssumed = requests < fewestRequests;
  const failing = isAssumed ? assumedFailing : errors / requests;
  if (perSecond !== undefined) return { perSecond, failing, isAssumed };
  return { perSecond: (requests * 1000) / overMs, failing, isAssumed, measured: { requests, overMs } };
}

const perMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "20/s", "300/m", "5000/h", "20000/d" → requests in a second. */
export function parseTraffic(text: string): Result<number> {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,6})?)\/([smhd])$/.exec(text) ?? [];
  const perSecond = (Number(amount) * 1_000) / perMs[unit as keyof typeof perMs];
  if (unit !== undefined && perSecond > 0) return ok(perSecond);
  return failed({
    code: "bad-arguments",
    message: `--traffic "${text}" is not a number of requests in a time`,
    hint: "Such as: --traffic 20/s, 300/m, 5000/h or 20000/d",
  });
}
