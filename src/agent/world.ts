import type { BlobStore } from "../blobs/blob-store.ts";
import type { Event } from "../events/event.ts";
import type { StatePaths } from "../files/state-paths.ts";
import type { Clock } from "../process/clock.ts";
import type { Providers } from "../resources/registry.ts";
import type { ResourceHost } from "../resources/resource.ts";
import type { Probe } from "../rollout/probe.ts";
import type { Store } from "../store/store.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Drivers } from "./drivers.ts";
import type { GatewayKeeper } from "./gateway-keeper.ts";
import type { Vault } from "./runtime/vault.ts";

/** Everything an agent has: made once, at its start. */
export interface AgentWorld {
  /** Names this agent as the holder of leases: its process identity. */
  readonly holder: string;
  /** Whether the agent of that name cannot act any more. */
  readonly isGone: (holder: string) => boolean;
  readonly paths: StatePaths;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly drivers: Drivers;
  readonly resources: { readonly providers: Providers; readonly host: ResourceHost };
  readonly gateway: GatewayKeeper;
  readonly vault: Vault;
  readonly chronicle: Chronicle;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly now: () => number;
  /** Takes what went wrong and has no caller to tell it to: for the agent's log. */
  readonly report: (problem: unknown) => void;
  /** Who tells people of what needs them. Absent: nobody does. */
  readonly alerts?: { heard(event: Event, at: number): void };
}
