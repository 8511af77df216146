import type { JournalEntry } from "../store/store.ts";
import { begin, next, type RolloutEvent, type RolloutState } from "./machine.ts";
import type { RolloutPlan } from "./plan.ts";

/** The journal's first entry. */
export interface Begun {
  readonly type: "begun";
  readonly plan: RolloutPlan;
}

export type JournalEvent = Begun | RolloutEvent;

interface RecordedEvent extends JournalEntry {
  readonly event: JournalEvent;
}

/** The journal as this room wrote it; to the store its events are documents. */
export function readJournal(journal: readonly JournalEntry[]): readonly RecordedEvent[] {
  return journal as readonly RecordedEvent[];
}

/** The state that a journal leads to; `undefined` when the deployment had not begun. */
export function replay(journal: readonly JournalEntry[]): RolloutState | undefined {
  let state: RolloutState | undefined;
  for (const { at, event } of readJournal(journal)) {
    if (event.type === "begun") state = begin(event.plan, at).state;
    else if (state !== undefined) state = next(state, event, at).state;
  }
  return state;
}
