import type { Failure } from "../errors/failure.ts";
import type { Share } from "./traffic.ts";

/** What happens to environments: to their instances, their traffic, and what runs against what was deployed. */
export type EnvironmentEvent =
  | MadeEnvironmentEvent
  | { type: "instanceStarted"; environment: string; instance: string; address: string }
  | { type: "instanceHealthy"; environment: string; instance: string; afterMs: number }
  | { type: "instanceLost"; environment: string; instance: string; failures: readonly Failure[]; restartInMs: number }
  | { type: "instanceStopped"; environment: string; instance: string; how: "asked" | "killed" | "gone" }
  | {
      type: "trafficSwitched";
      environment: string;
      to: readonly (Share & { readonly instances: number })[];
    }
  | { type: "gatewayStarted"; address: string }
  | { type: "gatewayLost"; restartInMs: number }
  /** What was deployed is to run (again). */
  | { type: "environmentStarted"; environment: string }
  | { type: "environmentStopped"; environment: string }
  /** Its data was removed, and what it served is forgotten. */
  | { type: "environmentDestroyed"; environment: string }
  /** What runs was seen not to be what was deployed. `subjects`: see `subjectOf`; sorted. */
  | { type: "driftFound"; environment: string; subjects: readonly string[]; checked: number; total: number }
  /** What was found before was seen to be gone, without anybody having mended it here. */
  | { type: "driftGone"; environment: string }
  /** It was brought back; `left`: what could not be. */
  | { type: "driftMended"; environment: string; subjects: readonly string[]; left: readonly string[] };

/**
 * How far a rehearsal has come. `start`: the release that serves starts; `migrate`: the new one migrates; `serveOn`: the old one
 * serves on; `takeOver`: the new one starts and gets all requests; `goBack`: the old one gets them again.
 */
export type RehearsalStage = (typeof rehearsalStages)[number];

export const rehearsalStages = ["start", "migrate", "serveOn", "takeOver", "goBack"] as const;

/** `unclear`: the release that serves did not even start there, which says nothing of the new one. */
export type RehearsalOutcome = (typeof rehearsalOutcomes)[number];

export const rehearsalOutcomes = ["passed", "failed", "unclear"] as const;

/** What happens to environments as such, and what people do in them. Times are milliseconds since 1970. */
export type MadeEnvironmentEvent =
  /** `from`, `endsAt`: of a preview. */
  | { type: "environmentCreated"; environment: string; from?: string; endsAt?: number }
  | { type: "previewProlonged"; environment: string; endsAt: number }
  /** It was destroyed by itself: its time was over, or its branch is gone. */
  | { type: "previewEnded"; environment: string; because: "expired" | "branchGone"; branch?: string }
  /** What going back from a release would come to is tried out in the environment `rehearsal`. `off`: services that do not run there. */
  | {
      type: "rehearsalStarted";
      environment: string;
      rehearsal: string;
      release: string;
      from: string;
      data: "empty" | "snapshot";
      off: readonly string[];
      /** Secrets that have a made-up value there, and those that have none. */
      standIns: readonly string[];
      leftOut: readonly string[];
    }
  | { type: "rehearsalReached"; environment: string; release: string; stage: RehearsalStage }
  /** `key`: of everything that it depended on. `stage`: where it failed. */
  | {
      type: "rehearsalFinished";
      environment: string;
      release: string;
      from: string;
      key: string;
      outcome: RehearsalOutcome;
      stage?: RehearsalStage;
      durationMs: number;
      failures: readonly Failure[];
    }
  /** A person is about to run a command with what the environment's services get: before it starts. */
  | { type: "commandBegun"; environment: string; command: readonly string[] }
  /** A person ran a command with what the environment's services get. `exitCode`: null when a signal ended it. */
  | {
      type: "commandRun";
      environment: string;
      command: readonly string[];
      exitCode: number | null;
      durationMs: number;
    };
