import type { Emit, Event } from "../events/event.ts";
import { redactDeep } from "../secrets/redaction/redact.ts";
import type { Secret } from "../secrets/secret.ts";
import type { AgentWorld } from "./world.ts";

/** Where the facts of one environment go: to whoever watches, and the losses to the history. No secret goes anywhere. */
export class Facts {
  readonly #world: AgentWorld;
  readonly #environment: string;
  readonly #secrets: () => readonly Secret[];
  readonly #watchers = new Set<Emit>();
  /** What somebody who comes now has to know: which deployment is under way, and at which step. */
  #standing: readonly Event[] = [];

  constructor(world: AgentWorld, environment: string, secrets: () => readonly Secret[]) {
    this.#world = world;
    this.#environment = environment;
    this.#secrets = secrets;
  }

  readonly tell: Emit = (event: Event) => {
    const fact = redactDeep(event, this.#secrets());
    this.#standing = standingAfter(this.#standing, fact);
    for (const watch of this.#watchers) watch(fact);
    if (fact.type === "instanceLost") this.#keep(fact);
  };

  /** Tells somebody of everything that happens during the work. */
  async watched<T>(emit: Emit, work: () => Promise<T>): Promise<T> {
    // A function of its own: the same caller may watch twice.
    const watch: Emit = (event) => emit(event);
    for (const event of this.#standing) watch(event);
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

function standingAfter(standing: readonly Event[], event: Event): readonly Event[] {
  switch (event.type) {
    case "deploymentStarted":
    case "deploymentResumed":
      return [event];
    case "stepStarted":
      return [...standing.filter(({ type }) => type !== "stepStarted"), event];
    case "deploymentFinished":
      return [];
    default:
      return standing;
  }
}
