import { count, shortDigest, showDuration } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { ComparisonFigures } from "../../../events/deployment-events.ts";
import type { DeploymentKind, Event, StepSummary } from "../../../events/event.ts";
import type { Share } from "../../../events/traffic.ts";
import { strategyWords } from "../../../strategies/strategies.ts";
import { safeLine } from "../safe-text.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

const stepVerbs: Readonly<Record<StepSummary["kind"], string>> = {
  migrate: "migrate",
  start: "start",
  check: "check",
  route: "route to",
  drain: "drain",
  stop: "stop",
  prove: "prove that it serves:",
  observe: "observe",
  hold: "hold until told to continue",
  gate: "wait for gate",
};

/** "start d3-web-1, d3-web-2". A route to nobody refuses requests. */
export function showStep({ kind, subjects, against, traffic, forMs, compares }: StepSummary): string {
  if (kind === "observe" && forMs !== undefined)
    return compares
      ? `compare both for up to ${showDuration(forMs)}`
      : `keep the old instances for ${showDuration(forMs)}`;
  if (kind === "route" && subjects.length === 0) return "refuse requests";
  return [
    stepVerbs[kind],
    ...(subjects.length === 0 ? [] : [subjects.map(safeLine).join(", ")]),
    ...(against === undefined ? [] : [`against ${safeLine(against)}`]),
    ...(traffic === undefined || traffic.length < 2 ? [] : [`(${traffic.map(showShare).join(", ")})`]),
  ].join(" ");
}

function showShare({ deployment, share }: Share): string {
  return `deployment ${deployment} ${showPercent(share)}`;
}

/** "33.3 %". */
export function showPercent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}

const kindNouns: Readonly<Record<DeploymentKind, string>> = {
  deploy: "deployment",
  promote: "promotion",
  rollback: "rollback",
  mend: "mending",
};

/** "deployment 7: 1a2b3c4d replaces 99aa88bb, rolling, 6 steps". */
export function showDeployment(event: Of<"deploymentStarted">): string {
  const from = event.from === undefined ? "is the first release" : `replaces ${shortDigest(event.from)}`;
  const steps = count(event.steps.length, "step");
  const off = event.off === undefined ? "" : `, without ${event.off.map(safeLine).join(", ")}`;
  return `${kindNouns[event.kind]} ${event.deployment}: ${shortDigest(event.release)} ${from}, ${event.strategy}, ${steps}${off}`;
}

/** What a deployment costs while nobody serves. */
export function showUnserved(strategy: string, { lastMs }: NonNullable<Of<"deploymentStarted">["unserved"]>): string {
  const loses = strategyWords(strategy).loses ?? "requests are refused with 503 for a while";
  return `${loses}; ${lastMs === undefined ? "for how long is not known yet" : `the last time that took ${showDuration(lastMs)}`}`;
}

/** What of a release a preview does without. */
export function showOff(services: readonly string[]): string {
  const names = services.map(safeLine).join(", ");
  return `off in previews: ${names} (inPreviews: true lets a service run)`;
}

/** "1a2b3c4d 100 % on 2 instances". */
export function showTraffic(to: Of<"trafficSwitched">["to"]): string {
  if (to.length === 0) return "nobody: requests are refused with 503";
  return to
    .map(
      ({ release, share, instances }) =>
        `${shortDigest(release)} ${showPercent(share)} on ${count(instances, "instance")}`,
    )
    .join(", ");
}

const verdictWords: Readonly<Record<Of<"verdictGiven">["verdict"], string>> = {
  regression: "it is worse than what serves",
  good: "it is as good as what serves",
  notEnoughEvidence: "there were too few requests to tell",
};

/** Then the numbers of both releases say nothing of each other. */
export const missharedWords = "the requests were not shared out as the gateway was told";

const followsWords = { hold: "a person decides", promote: "it goes on", revert: "it is taken out" } as const;

/** "verdict: it is worse than what serves (new 5 %, 12 of 240 failed; …)". */
export function showVerdict({ verdict, figures, follows, because }: Of<"verdictGiven">): string {
  const next = follows === undefined ? "" : `: ${followsWords[follows]}`;
  return `verdict: ${because === undefined ? verdictWords[verdict] : missharedWords}${next}${figures === undefined ? "" : ` (${showFigures(figures)})`}`;
}

/** "new: 12 of 240 requests failed (5 %), old: 9 of 4560 (0.2 %); evidence against it 12 of 100". */
export function showFigures({ candidate, baseline, evidence, needed }: ComparisonFigures): string {
  if (candidate.requests + baseline.requests === 0) return "no requests were counted yet";
  const against = `evidence against it ${showEvidence(evidence)} of ${Math.round(needed)}`;
  return `new: ${showFailed(candidate, true)}, old: ${showFailed(baseline, false)}; ${against}`;
}

function showFailed({ requests, errors }: ComparisonFigures["candidate"], isFirst: boolean): string {
  const rate = requests === 0 ? "" : ` (${Number(((errors / requests) * 100).toPrecision(2))} %)`;
  return isFirst ? `${errors} of ${count(requests, "request")} failed${rate}` : `${errors} of ${requests}${rate}`;
}

export function showEvidence(evidence: number): string {
  return evidence < 10 ? evidence.toFixed(1) : String(Math.round(evidence));
}

/** "gate approval was granted". */
export function showAnswer({ gate, granted }: Of<"gateAnswered">): string {
  return `gate ${safeLine(gate)} was ${granted ? "granted" : "refused"}`;
}

/** How it ended and what serves now. */
export function showOutcome(event: Of<"deploymentFinished">, revertedSteps: number): string {
  const steps = revertedSteps === 0 ? "" : `, ${count(revertedSteps, "step")} reverted`;
  const figures = `(${showDuration(event.durationMs)}${steps})`;
  const serving = event.serving === undefined ? "nothing" : shortDigest(event.serving);
  const release = shortDigest(event.release);
  switch (event.outcome) {
    case "deployed":
      return `${event.environment} serves ${serving} ${figures}`;
    case "reverted":
      return `${event.environment} serves ${serving}: ${release} was taken out ${figures}`;
    case "stuck":
      return `${event.environment} is stuck between releases: traffic goes to ${serving}, ${release} could not be taken out ${figures}`;
    case "frozen":
      return `${event.environment} is frozen as it stands, for a person to decide: traffic goes to ${serving}, ${release} was not taken out ${figures}`;
    default:
      return unreachable(event.outcome);
  }
}

const stopWords = { asked: "stopped", killed: "killed: it did not stop when asked", gone: "was already gone" } as const;

export function showStopped(how: keyof typeof stopWords): string {
  return stopWords[how];
}
