import type { Actor } from "../../events/actor.ts";
import type { Envelope, Tell } from "../../events/envelope.ts";
import type { Event } from "../../events/event.ts";
import { type Action, type ActionMore, type ActionName, actionAt } from "../../records/action.ts";
import { keptEventCodec } from "../../records/event.ts";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { AgentWorld } from "../world.ts";

/**
 * Says that something happened. `by`: who asked for it; without it, whoever is being served just now. `at`: when, if it is
 * told late.
 */
export type TellFact = (event: Event, by?: Actor, at?: number) => void;

/** What the history shows beside deployments. */
const inHistory: ReadonlySet<Event["type"]> = new Set<Event["type"]>([
  "instanceLost",
  "overrideAcknowledged",
  "approvalAwaited",
  "approvalGiven",
  "approvalRejected",
  "approvalLapsed",
  "environmentCreated",
  "environmentDestroyed",
  "previewProlonged",
  "previewEnded",
  "rehearsalFinished",
  "resourceCreated",
  "resourceDestroyed",
  "resourceRestored",
  "snapshotMade",
  "snapshotRehearsed",
  "backupFailed",
  "driftFound",
  "driftGone",
  "driftMended",
]);

/** `by`: null where Tidegate does it by itself. */
export type ActionHere = Omit<ActionMore, "by" | "environment"> & { readonly by?: Actor | null | undefined };

/** Who asked for a deployment, and why. */
export interface Asked {
  readonly by?: Actor | undefined;
  readonly reason?: string | undefined;
}

/** Who asked, and how they hear of what happens. */
export interface Told {
  readonly tell: Tell;
  readonly by?: Actor | undefined;
}

/**
 * Where the facts of one environment go: to the chronicle, then to whoever watches, and the losses to the history. No
 * secret goes anywhere. Whoever joins is first told what stands: the deployment under way, and its step.
 */
export class Facts {
  readonly #world: AgentWorld;
  readonly #environment: string;
  readonly #secrets: () => readonly Secret[];
  readonly #watchers = new Set<Tell>();
  /** What somebody who comes now has to know. */
  #standing: readonly Envelope[] = [];
  /** Who is being served: calls take turns, so there is one at most. */
  #by: Actor | undefined;

  constructor(world: AgentWorld, environment: string, secrets: () => readonly Secret[]) {
    this.#world = world;
    this.#environment = environment;
    this.#secrets = secrets;
  }

  readonly tell: TellFact = (event, by = this.#by, at) => this.#say(event, by, at);

  /** For what goes on beside the turn: whoever is being served just now has not asked for it. */
  beside(by?: Actor): TellFact {
    return (event, teller = by, at) => this.#say(event, teller, at);
  }

  #say(event: Event, by: Actor | undefined, at = this.#world.now()): void {
    const fact = redactDeep(event, this.#secrets());
    // An instance that ends by itself was asked for by nobody.
    const known = fact.type === "instanceLost" ? undefined : by;
    this.#world.chronicle.tell({ at, event: fact, ...(known === undefined ? {} : { by: known }) }, this.#pass);
    this.#world.alerts?.heard(fact, at);
    if (inHistory.has(fact.type)) this.#keep(at, fact);
  }

  /** Something that is done here, for the audit log: by whoever is being served just now, unless it is said. */
  action(name: ActionName, { by = this.#by, ...more }: ActionHere = {}): Action {
    const environment = this.#environment;
    const about = { environment, ...more, by: by ?? undefined };
    return redactDeep(actionAt(this.#world.now(), name, about), this.#secrets());
  }

  /** Tells it to one alone who does not watch yet; it is kept all the same. */
  tellOne(event: Event, by: Actor | undefined, tell: Tell): void {
    const at = this.#world.now();
    this.#world.chronicle.tell({ at, event, ...(by === undefined ? {} : { by }) }, tell);
  }

  /** Tells somebody of everything that happens during the work. */
  async watched<T>(tell: Tell, work: () => Promise<T>): Promise<T> {
    // A function of its own: the same caller may watch twice.
    const watch: Tell = (envelope) => tell(envelope);
    await this.#world.chronicle.settled();
    for (const envelope of this.#standing) watch(envelope);
    this.#watchers.add(watch);
    try {
      return await work();
    } finally {
      await this.#world.chronicle.settled();
      this.#watchers.delete(watch);
    }
  }

  /** What happens during the work was asked for by somebody. Never two at a time. */
  async askedBy<T>(by: Actor | undefined, work: () => Promise<T>): Promise<T> {
    this.#by = by;
    try {
      return await work();
    } finally {
      this.#by = undefined;
    }
  }

  readonly #pass: Tell = (envelope) => {
    this.#standing = standingAfter(this.#standing, envelope);
    for (const watch of this.#watchers) watch(envelope);
  };

  /** A disk that refuses must not keep an instance from being restarted. */
  #keep(at: number, event: Event): void {
    const { store, report } = this.#world;
    store.addIncident({ at, environment: this.#environment, event: keptEventCodec.encode(event) }).then((kept) => {
      if (!kept.ok) report({ failures: kept.failures });
    }, report);
  }
}

function standingAfter(standing: readonly Envelope[], envelope: Envelope): readonly Envelope[] {
  switch (envelope.event.type) {
    case "deploymentStarted":
    case "deploymentResumed":
      return [envelope];
    case "stepStarted":
      return [...standing.filter(({ event }) => event.type !== "stepStarted"), envelope];
    case "deploymentFinished":
      return [];
    default:
      return standing;
  }
}
