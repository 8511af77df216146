import { TurnTaker } from "../../concurrency/turn-taker.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { LedgerEntry, ResourceSpec } from "../../records/resource.ts";
import type { ResourceContext, ResourceProvider } from "../../resources/resource.ts";
import type { Secrets } from "../../secrets/secret.ts";
import type { Lease } from "../../store/store.ts";
import type { AgentWorld } from "../world.ts";
import type { TellFact } from "./facts.ts";
import { type Known, ResourceLedger } from "./resource-ledger.ts";

/** One environment as those see it who work on its resources. */
export interface ResourceHands {
  readonly world: Pick<AgentWorld, "resources" | "store" | "now" | "clock" | "report">;
  readonly lease: Lease;
  readonly tell: TellFact;
  /** The value without any secret: whatever is kept or reported goes through it. */
  readonly redact: <T>(value: T) => T;
  /** Aborted when the environment is let go. */
  readonly signal: AbortSignal;
}

/** What those have in common who work on one environment side by side. */
interface Shared {
  secrets: Secrets;
  readonly saves: TurnTaker;
  /** An entry is read and written in one turn: nobody's change is lost. */
  readonly writes: TurnTaker;
  /** Of those that go, the ones that were never whole, and never told as made: that they are gone is no news. */
  readonly neverMade: Set<string>;
}

/** What works on resources works with: the ledger, and for each resource its provider and a context that notes in the ledger. */
export class ResourceBench {
  readonly hands: ResourceHands;
  readonly ledger: ResourceLedger;
  readonly #shared: Shared;

  constructor(
    hands: ResourceHands,
    shared: Shared = { secrets: new Map(), saves: new TurnTaker(), writes: new TurnTaker(), neverMade: new Set() },
  ) {
    const tell: TellFact = (event, ...about) => {
      if (event.type === "resourceDestroyed" && shared.neverMade.has(event.resource)) return;
      hands.tell(event, ...about);
    };
    this.hands = { ...hands, tell };
    this.ledger = new ResourceLedger(hands.world.store, hands.lease);
    this.#shared = shared;
  }

  /** The same for who works beside others, and tells what happens in a way of its own. */
  beside(tell: TellFact): ResourceBench {
    return new ResourceBench({ ...this.hands, tell }, this.#shared);
  }

  /** Of the environment, that specs name: URLs of what is external. Whoever has newer ones puts them here. */
  get secrets(): Secrets {
    return this.#shared.secrets;
  }

  set secrets(secrets: Secrets) {
    this.#shared.secrets = secrets;
  }

  /** Calls `work` while nobody else saves, restores or removes what a resource keeps; not from within such a turn. */
  saving<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#shared.saves.take(name, work);
  }

  /** Tells what went wrong and has no caller. */
  report(failures: readonly Failure[]): void {
    this.hands.world.report({ failures: this.hands.redact(failures) });
  }

  get environment(): string {
    return this.hands.lease.environment;
  }

  provider({ resource }: Pick<ResourceSpec, "resource">): ResourceProvider {
    return this.hands.world.resources.providers.of(resource);
  }

  context({ name, entry }: Known, secrets: Secrets = this.secrets): ResourceContext {
    const { world, tell, signal } = this.hands;
    return {
      ...world.resources.host,
      environment: this.environment,
      ...(entry.made && { made: entry.made }),
      secrets,
      signal,
      say: (text) => tell({ type: "resourceProgress", environment: this.environment, resource: name, text }),
      note: async (made) => {
        const noted = await this.change(name, (now) => ({ ...now, made }));
        return noted.ok ? ok() : noted;
      },
    };
  }

  /** Writes an entry anew: what is known of it now, with a change. Fails when it is no longer in the ledger. */
  change(name: string, by: (entry: LedgerEntry) => LedgerEntry): Promise<Result<LedgerEntry>> {
    return this.#shared.writes.take(name, async () => {
      const entry = await this.ledger.entry(name);
      if (!entry.ok) return entry;
      if (entry.value === undefined) return failed(notThere(this.environment, name));
      const changed = by(entry.value);
      if (entry.value.state === "ready") this.#shared.neverMade.delete(name);
      else if (entry.value.state === "creating") this.#shared.neverMade.add(name);
      const written = await this.ledger.write(name, changed);
      return written.ok ? ok(changed) : written;
    });
  }

  /** Writes down that what was begun has ended. */
  end(name: string): Promise<Result<LedgerEntry>> {
    return this.change(name, ({ begun: _, ...entry }) => entry);
  }
}

/** What is said of a resource that is in no ledger. */
export function notThere(environment: string, name: string) {
  return {
    code: "unknown-resource",
    message: `${environment} has no resource ${name}`,
    hint: `See which ones it has: tidegate status ${environment}. A deployment creates what is missing: tidegate deploy ${environment}`,
  } as const;
}
