import { ok, type Result } from "../../errors/result.ts";
import type { DeploymentEvent, Event, Recorded } from "../../events/event.ts";
import { retell } from "../../rollout/retell.ts";
import type { DeploymentRecord, JournalEntry, Store } from "../../store/store.ts";

/** The facts that follow from a journal. */
const fromJournal: ReadonlySet<Event["type"]> = new Set<DeploymentEvent["type"]>([
  "deploymentStarted",
  "gateOverridden",
  "deploymentResumed",
  "deploymentPaused",
  "deploymentContinued",
  "verdictGiven",
  "releasesCompared",
  "gateAnswered",
  "stepStarted",
  "stepFinished",
  "stepFailed",
  "revertStarted",
  "deploymentFinished",
]);

const page = 500;

/**
 * What a deployment's journal knows and nobody was told of: an agent writes its journal first, and may be killed before it
 * tells. In the order in which it happened. Facts are told in the order of the journal, so those that were told are the
 * first ones. [] when that cannot be seen any more, because the oldest events are no longer kept.
 */
export async function untoldFacts(
  store: Pick<Store, "events">,
  record: DeploymentRecord,
  journal: readonly JournalEntry[],
): Promise<Result<readonly Recorded<DeploymentEvent>[]>> {
  const facts = retell(record, journal);
  if (!facts.ok) return facts;
  const told = await countTold(store, record.id);
  return told.ok ? ok(told.value === undefined ? [] : facts.value.slice(told.value)) : told;
}

/** How many were told; `undefined` when the first of them is no longer kept. */
async function countTold(store: Pick<Store, "events">, deployment: number): Promise<Result<number | undefined>> {
  const subject = { kind: "deployment", name: String(deployment) };
  let count = 0;
  let after = 0;
  for (;;) {
    const found = await store.events({ after, limit: page, subject });
    if (!found.ok) return found;
    const { events, missed } = found.value;
    const types = events.map(({ event }) => (event as { readonly type?: Event["type"] }).type);
    if (after === 0 && missed > 0 && !types.includes("deploymentStarted")) return ok(undefined);
    count += types.filter((type) => type !== undefined && fromJournal.has(type)).length;
    if (events.length < page) return ok(count);
    after = events.at(-1)!.seq;
  }
}
