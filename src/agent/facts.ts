import type { Emit, Event } from "../events/event.ts";
import type { Secret } from "../secrets/secret.ts";
import { redactDeep } from "./redaction.ts";
import type { AgentWorld } from "./world.ts";

/** Where the facts of one environment go: to whoever watches, and the losses to the history. No secret goes anywhere. */
export class Facts {
  readonly #world: AgentWorld;
  readonly #environment: string;
  readonly #secrets: () => readonly Secret[];
  readonly #watchers = new Set<Emit>();

  constructor(world: AgentWorld, environment: string, secrets: () => readonly Secret[]) {
    this.#world = world;
    this.#environment = environment;
    this.#secrets = secrets;
  }

  readonly tell: Emit = (event: Event) => {
    const fact = redactDeep(event, this.#secrets());
    for (const watch of this.#watchers) watch(fact);
    if (fact.type === "instanceLost") this.#keep(fact);
  };

  /** Tells somebody of everything that happens during the work. */
  async watched<T>(emit: Emit, work: () => Promise<T>): Promise<T> {
    // A function of its own: the same caller may watch twice.
    const watch: Emit = (event) => emit(event);
    this.#watchers.add(watch);
    try {
      return await work();
    } finally {
      this.#watchers.delete(watch);
    }
  }

  /** A disk that refuses must not keep an instance from being restarted. */
  #keep(event: Event): void {
    const { store, now, report } = this.#world;
    store.addIncident({ at: now(), environment: this.#environment, event }).then((kept) => {
      if (!kept.ok) report({ failures: kept.failures });
    }, report);
  }
}
