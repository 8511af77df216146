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
  /** Aborted when the environment is let go. */
  readonly signal: AbortSignal;
}

/** What works on resources works with: the ledger, and for each resource its provider and a context that notes in the ledger. */
export class ResourceBench {
  readonly hands: ResourceHands;
  readonly ledger: ResourceLedger;
  /** Of the environment, that specs name: URLs of what is external. Whoever has newer ones puts them here. */
  secrets: Secrets = new Map();

  constructor(hands: ResourceHands) {
    this.hands = hands;
    this.ledger = new ResourceLedger(hands.world.store, hands.lease);
  }

  get environment(): string {
    return this.hands.lease.environment;
  }

  provider({ resource }: Pick<ResourceSpec, "resource">): ResourceProvider {
    return this.hands.world.resources.providers.of(resource);
  }

  context({ name, entry }: Known, secrets: Secrets = this.secrets): ResourceContext {
    const { world, tell, signal } = this.hands;
    let current = entry;
    return {
      ...world.resources.host,
      environment: this.environment,
      ...(entry.made && { made: entry.made }),
      secrets,
      signal,
      say: (text) => tell({ type: "resourceProgress", environment: this.environment, resource: name, text }),
      note: async (made) => {
        current = { ...current, made };
        return this.ledger.write(name, current);
      },
    };
  }

  /** Writes an entry anew: what is known of it now, with a change. Fails when it is no longer in the ledger. */
  async change(name: string, by: (entry: LedgerEntry) => LedgerEntry): Promise<Result<LedgerEntry>> {
    const entry = await this.ledger.entry(name);
    if (!entry.ok) return entry;
    if (entry.value === undefined) return failed(notThere(this.environment, name));
    const changed = by(entry.value);
    const written = await this.ledger.write(name, changed);
    return written.ok ? ok(changed) : written;
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
    hint: `See which it has: tidegate status ${environment}. A deployment makes what is missing: tidegate deploy ${environment}`,
  } as const;
}
