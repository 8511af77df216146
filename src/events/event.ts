import type { DeploymentEvent } from "./deployment-events.ts";
import type { EnvironmentEvent } from "./environment-events.ts";
import type { GateEvent } from "./gate-events.ts";
import type { PipelineEvent, WatchEvent } from "./pipeline-events.ts";
import type { ReleaseEvent } from "./release-events.ts";
import type { ResourceEvent } from "./resource-events.ts";

export type * from "./deployment-events.ts";
export type * from "./environment-events.ts";
export type * from "./gate-events.ts";
export type * from "./pipeline-events.ts";
export type * from "./release-events.ts";
export type * from "./resource-events.ts";
export type * from "./test-events.ts";

/**
 * Everything that can happen, as facts. Renderers (terminal, JSON, page) own the words. Durations are milliseconds.
 * Digests are the full `sha256:…` form; renderers shorten them.
 */
export type Event =
  | PipelineEvent
  | WatchEvent
  | ReleaseEvent
  | DeploymentEvent
  | GateEvent
  | EnvironmentEvent
  | ResourceEvent;

/** Takes events as they happen. Never throws, never waits. */
export type Emit = (event: Event) => void;

/** An event and when it happened (milliseconds since 1970). */
export type Recorded<E extends Event = Event> = E & { readonly at: number };
