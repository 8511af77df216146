import type { Result } from "../errors/result.ts";
import type { Acted } from "./audit.ts";

/** What a store keeps of what happened. What always holds is with `Store`. */
export interface Incidents {
  /**
   * Keeps something that happened outside of a deployment's journal (a crash, a restart), for the history: the newest
   * 1,000 of each environment (`incidentsKept`).
   */
  addIncident(incident: IncidentRecord): Promise<Result<void>>;
  /** Newest first. */
  incidents(filter: {
    readonly environment?: string;
    readonly limit: number;
  }): Promise<Result<readonly IncidentRecord[]>>;
}

/** How many incidents of an environment there are at most. */
export const incidentsKept = 1_000;

export interface IncidentRecord {
  readonly at: number;
  readonly environment: string;
  readonly event: unknown;
}

export interface Events {
  /**
   * Keeps what happened, numbered in the order given and without a gap, over the whole project. Somebody who has seen
   * a number has seen, or can see, all lower ones: none appears later. The newest 10,000 are kept (`eventsKept`).
   */
  appendEvents(events: readonly NewEvent[]): Promise<Result<readonly StoredEvent[]>>;
  /** What happened after the cursor (a `seq`; 0: the beginning), oldest first, up to a limit. */
  events(filter: EventFilter): Promise<Result<EventPage>>;
}

/** How many events of a project are kept; whoever reads later than that is told so by `missed`. */
export const eventsKept = 10_000;

/** What an event is about. More may stand in it; only these two can be asked for. */
export interface EventSubject {
  readonly kind: string;
  readonly name: string;
}

interface Event {
  readonly at: number;
  readonly subject: EventSubject;
  readonly by?: unknown;
  readonly event: unknown;
}

/** One that is an action goes into the audit log as well. */
export interface NewEvent extends Event, Acted {}

export interface StoredEvent extends Event {
  readonly seq: number;
}

export interface EventFilter {
  readonly after: number;
  readonly limit: number;
  /** Only what is about this; without a name, about anything of its kind. */
  readonly subject?: { readonly kind: string; readonly name?: string };
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** How many events after the cursor, about whatever, had been thrown away already. */
  readonly missed: number;
}
