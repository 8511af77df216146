import type { JournalEvent } from "../../../src/rollout/journal.ts";
import type { RolloutPlan } from "../../../src/rollout/plan.ts";
import type { DeploymentEnd, JournalEntry } from "../../../src/store/store.ts";
import type { Scenario } from "./scenario.ts";

/*
 * What must follow from what was counted, reckoned again by other means than the machine's: from the formulas of the
 * label test as they stand in the literature, over the journal as a list of facts.
 */

/** What speaks against a release and is not heard, or the other way round. */
export function judgeComparison(
  journal: readonly JournalEntry[],
  end: DeploymentEnd,
  { comparing, steps }: RolloutPlan,
  { failing }: Scenario["traffic"],
): string[] {
  const events = journal.map(({ event }) => event as JournalEvent);
  const isDeployed = end.outcome === "deployed";
  const says = (is: (event: JournalEvent) => boolean) => events.some(is);
  const found: string[] = [];
  if (isDeployed && says(({ type }) => type === "abortRequested")) found.push("it was deployed though it was aborted");
  if (isDeployed && says((event) => event.type === "verdict" && event.verdict === "regression"))
    found.push("it was deployed though somebody said that it is worse");
  if (isDeployed && says((event) => event.type === "approval" && !event.granted))
    found.push("it was deployed though it was refused");
  if (isDeployed && highestEvidence(events) >= 1.001 / (0.95 * 0.01))
    found.push("it was deployed though what was counted says that it is worse");
  const mayGoOnAllTheSame = steps.some((step) => step.kind === "observe" && step.until.onNoEvidence === "promote");
  if (isDeployed && comparing !== undefined && failing > 0 && !mayGoOnAllTheSame && !wasPromoted(journal))
    found.push("it was deployed though it fails more often, and nobody said so");
  if (failing === 0 && end.failures.some(({ code }) => code === "release-regressed"))
    found.push("it was taken out as worse, and failed nothing");
  return found;
}

/** An e-value: the mean of likelihood ratios over rate ratios, of one error after the other. */
function highestEvidence(events: readonly JournalEvent[]): number {
  const ratios = [1.1, 1.25, 1.5, 2, 3, 5, 10, 30];
  const products = ratios.map(() => 1);
  let highest = 0;
  for (const event of events) {
    if (event.type !== "counted") continue;
    const { candidate, baseline } = event.tick;
    const share = candidate.requests / (candidate.requests + baseline.requests);
    if (!(share > 0 && share < 1)) continue;
    for (const [at, ratio] of ratios.entries()) {
      const theta = (share * ratio) / (share * ratio + 1 - share);
      products[at]! *= (theta / share) ** candidate.errors * ((1 - theta) / (1 - share)) ** baseline.errors;
    }
    highest = Math.max(highest, products.reduce((sum, one) => sum + one, 0) / ratios.length);
  }
  return highest;
}

/** How many requests of the new release were counted at an observation's share. */
export function requestsAt(journal: readonly JournalEntry[], plan: RolloutPlan, step: number): number {
  const route = plan.steps.slice(0, step).findLast(({ kind }) => kind === "route");
  const traffic = route?.kind === "route" ? route.traffic : [];
  const share = traffic.find(({ deployment }) => deployment === plan.deployment)?.share;
  return journal
    .map(({ event }) => event as JournalEvent)
    .filter((event) => event.type === "counted")
    .filter((event) => event.share === share)
    .reduce((sum, { tick }) => sum + tick.candidate.requests, 0);
}

export function wasPromoted(journal: readonly JournalEntry[]): boolean {
  return journal.some(({ event }) => (event as JournalEvent & { promote?: boolean }).promote === true);
}
