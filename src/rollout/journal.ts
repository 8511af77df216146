import { failed, ok, type Result } from "../errors/result.ts";
import { journalEventCodec } from "../records/rollout.ts";
import type { JournalEntry } from "../store/store.ts";
import { begin, next } from "./machine.ts";
import type { RolloutPlan } from "./plan.ts";
import type { RolloutEvent, RolloutState } from "./rollout-state.ts";

/** The journal's first entry. */
export interface Begun {
  readonly type: "begun";
  readonly plan: RolloutPlan;
}

export type JournalEvent = Begun | RolloutEvent;

export interface RecordedEvent extends JournalEntry {
  readonly event: JournalEvent;
}

/** An entry as a store keeps it: to it the event is a document. Who asked for what stands in the audit log, and decides nothing. */
export function toEntry({ at, event }: RecordedEvent): JournalEntry {
  const { by: _, ...kept } = { by: undefined, ...event };
  return { at, event: journalEventCodec.encode(kept) };
}

/**
 * A deployment's journal, understood whole or not at all: one entry that was left out would be a step taken for not
 * done. Fails with `state-newer` or `state-damaged`.
 */
export function readJournal(deployment: number, journal: readonly JournalEntry[]): Result<readonly RecordedEvent[]> {
  const entries: RecordedEvent[] = [];
  for (const [index, { at, event }] of journal.entries()) {
    const read = journalEventCodec.decode(event, `Entry ${index + 1} of the journal of deployment ${deployment}`);
    if (!read.ok) return read;
    if ((read.value.type === "begun") !== (index === 0)) return failed(outOfOrder(deployment, index + 1));
    entries.push({ at, event: read.value });
  }
  return ok(entries);
}

/** The state that a journal leads to; `undefined` when it is empty: the deployment had not begun. */
export function replay([first, ...rest]: readonly RecordedEvent[]): RolloutState | undefined {
  if (first?.event.type !== "begun") return undefined;
  let { state } = begin(first.event.plan, first.at);
  for (const { at, event } of rest) if (event.type !== "begun") state = next(state, event, at).state;
  return state;
}

function outOfOrder(deployment: number, entry: number) {
  return {
    code: "state-damaged",
    message: `The journal of deployment ${deployment} cannot be read`,
    cause: entry === 1 ? "Its beginning is missing." : `It starts over at entry ${entry}.`,
    hint: "What is running keeps running. Restore the state from a backup.",
  } as const;
}
