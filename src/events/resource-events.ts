import type { Failure } from "../errors/failure.ts";

/** Why a snapshot was made. */
export type SnapshotReason = "asked" | "scheduled" | "beforeMigration" | "beforeRestore";

/** What happens to the resources of environments: databases, folders, what Terraform makes. */
export type ResourceEvent =
  | { type: "resourceCreated"; environment: string; resource: string; kind: string }
  /** What it kept, and its snapshots, are gone. */
  | { type: "resourceDestroyed"; environment: string; resource: string; snapshots?: number }
  /** How far something that takes long has come, for people. */
  | { type: "resourceProgress"; environment: string; resource: string; text: string }
  /** A restore is to take a snapshot that lacks what the migration of this deployment, which serves, has made. */
  | { type: "snapshotPredates"; environment: string; resource: string; snapshot: number; deployment: number }
  | {
      type: "snapshotMade";
      environment: string;
      resource: string;
      snapshot: number;
      because: SnapshotReason;
      bytes: number;
      durationMs: number;
      /** Where its copy is, for those that are copied. */
      copy?: string;
    }
  /** It was older than what is kept. */
  | { type: "snapshotRemoved"; environment: string; resource: string; snapshot: number }
  /** It was restored to somewhere else and looked at. `failures`: [] when it was whole. */
  | {
      type: "snapshotRehearsed";
      environment: string;
      resource: string;
      snapshot: number;
      durationMs: number;
      failures: readonly Failure[];
    }
  | { type: "resourceRestored"; environment: string; resource: string; snapshot: number; durationMs: number }
  /** A scheduled backup, or its copy. */
  | { type: "backupFailed"; environment: string; resource: string; failures: readonly Failure[] };
