import { failed } from "../../errors/result.ts";
import type { Store } from "../../store/store.ts";

/**
 * The store of an agent that may find out that another one has taken over. What takes a lease is refused by the store itself;
 * what is told takes none, and one that wakes up sees everything that the other one did as a loss.
 */
export function tellingWhile(store: Store, isOurs: () => boolean): Store {
  return {
    ...store,
    appendEvents: (events) => (isOurs() ? store.appendEvents(events) : Promise.resolve(failed(taken))),
    addIncident: (incident) => (isOurs() ? store.addIncident(incident) : Promise.resolve(failed(taken))),
  };
}

const taken = {
  code: "stale-writer",
  message: "Another agent has taken over",
  cause: "This one did not answer for a while.",
} as const;
