import type { Store } from "../store/store.ts";
import { type RecordedEvent, readJournal } from "./journal.ts";
import type { RolloutPlan } from "./plan.ts";

/** That nobody serves for a while. `lastMs`: for how long the last time; absent: there was none, or it is not known. */
export interface Unserved {
  readonly lastMs?: number;
}

/** Among so many deployments of an environment, the newest first, one is looked for that says how long it takes. */
const lookedAt = 20;

/** Whether a plan takes the requests from what serves before anything else gets them. */
export function isUnserved({ before, steps }: Pick<RolloutPlan, "before" | "steps">): boolean {
  return before.traffic.length > 0 && steps.some((step) => step.kind === "route" && step.members.length === 0);
}

/** How long nobody had the requests in a deployment; `undefined`: somebody always had, or it did not come to its end. */
export function unservedMs([first, ...rest]: readonly RecordedEvent[]): number | undefined {
  if (first?.event.type !== "begun" || !isUnserved(first.event.plan)) return undefined;
  const { steps } = first.event.plan;
  const doneAt = (step: number) =>
    rest.find(({ event }) => event.type === "stepDone" && event.direction === "forward" && event.step === step)?.at;
  const refusedAt = doneAt(steps.findIndex((step) => step.kind === "route" && step.members.length === 0));
  const servedAt = doneAt(steps.findLastIndex((step) => step.kind === "route" && step.members.length > 0));
  return refusedAt === undefined || servedAt === undefined ? undefined : Math.max(0, servedAt - refusedAt);
}

/** What a plan costs, by what it cost the last time; `undefined`: no request. What cannot be read is not known. */
export async function foreseeUnserved(
  store: Pick<Store, "deployments" | "journal">,
  environment: string,
  plan: Pick<RolloutPlan, "before" | "steps">,
): Promise<Unserved | undefined> {
  if (!isUnserved(plan)) return undefined;
  const listed = await store.deployments({ environment, limit: lookedAt });
  for (const { id, end } of listed.ok ? listed.value : []) {
    if (end?.outcome !== "deployed") continue;
    const entries = await store.journal(id);
    const journal = entries.ok ? readJournal(id, entries.value) : entries;
    const lastMs = journal.ok ? unservedMs(journal.value) : undefined;
    if (lastMs !== undefined) return { lastMs };
  }
  return {};
}
