import type { Failure } from "../errors/failure.ts";
import type { Result } from "../errors/result.ts";
import type { DeploymentKind, DeploymentOutcome } from "../events/event.ts";

/**
 * Durable state: what was released and deployed, and what should be running. Several processes may have it open at
 * once. Times are milliseconds since 1970 and always the caller's. Specs, members and journal events are documents
 * that belong to the rooms above: kept and returned as they are. Whatever takes a lease fails with `stale-writer`
 * once somebody else has taken over the environment. All stores pass `test/store/conformance.ts`.
 */
export interface Store {
  /** Adds a release, or does nothing when it is known. */
  addRelease(release: ReleaseRecord): Promise<Result<void>>;
  /** Newest first. */
  releases(): Promise<readonly ReleaseRecord[]>;
  /** Releases whose digest (with or without `sha256:`) begins so; newest first. */
  findReleases(prefix: string): Promise<readonly ReleaseRecord[]>;
  /** Refuses the release in every environment from now on; `undefined` lifts it. */
  setQuarantine(digest: string, quarantine: Quarantine | undefined): Promise<Result<void>>;

  /**
   * Makes the holder the environment's only writer until `now + ttlMs`, with a token higher than any before: also
   * than those of a store that was lost, because no token is lower than the time in seconds.
   * Fails with `environment-busy` while another holder's lease has not run out, unless `isGone` says of that holder
   * that it cannot act any more.
   */
  acquireLease(request: LeaseRequest): Promise<Result<Lease>>;
  renewLease(lease: Lease, expiresAt: number): Promise<Result<void>>;
  /** Gives the lease back; a lease that was taken over is left alone. */
  releaseLease(lease: Lease): Promise<void>;

  createDeployment(lease: Lease, deployment: NewDeployment & NumberedAbove): Promise<Result<DeploymentRecord>>;
  /** Appends to the deployment's journal: on disk when it resolves. */
  appendJournal(lease: Lease, deployment: number, entry: JournalEntry): Promise<Result<void>>;
  /** In the order written. */
  journal(deployment: number): Promise<readonly JournalEntry[]>;
  /** Closes the deployment and says what the environment should run from now on, both or neither. */
  finishDeployment(lease: Lease, deployment: number, end: DeploymentEnd): Promise<Result<void>>;
  deployment(id: number): Promise<DeploymentRecord | undefined>;
  /** Newest first. */
  deployments(filter?: {
    readonly environment?: string;
    readonly limit?: number;
  }): Promise<readonly DeploymentRecord[]>;
  /** Those without an end, oldest first. */
  unfinishedDeployments(): Promise<readonly DeploymentRecord[]>;

  environment(name: string): Promise<EnvironmentRecord | undefined>;
  /** By name. */
  environments(): Promise<readonly EnvironmentRecord[]>;
  /** Whether the environment's instances should run at all. */
  setStopped(lease: Lease, stopped: boolean): Promise<Result<void>>;
  /** Forgets what the environment serves; its history and its token stay. */
  clearEnvironment(lease: Lease): Promise<Result<void>>;

  /**
   * Keeps something that happened outside of a deployment's journal (a crash, a restart), for the history: the newest
   * 1,000 of each environment.
   */
  addIncident(incident: IncidentRecord): Promise<Result<void>>;
  /** Newest first. */
  incidents(filter: { readonly environment?: string; readonly limit: number }): Promise<readonly IncidentRecord[]>;

  close(): Promise<void>;
}

export interface ReleaseRecord {
  readonly digest: string;
  readonly createdAt: number;
  readonly files: number;
  readonly bytes: number;
  /** Pipeline run that made it. */
  readonly run?: string;
  /** Where the sources stood, as far as known: commit, branch, whether there were uncommitted changes. */
  readonly provenance: unknown;
  readonly quarantine?: Quarantine;
}

export interface Quarantine {
  readonly at: number;
  readonly reason: string;
}

export interface LeaseRequest {
  readonly environment: string;
  /** Names the process that will write; opaque. */
  readonly holder: string;
  readonly now: number;
  readonly ttlMs: number;
  readonly isGone?: (holder: string) => boolean;
}

export interface Lease {
  readonly environment: string;
  readonly holder: string;
  /** Fencing token: grows with every lease of the environment. */
  readonly token: number;
}

export interface NewDeployment {
  readonly release: string;
  readonly kind: DeploymentKind;
  readonly at: number;
  readonly spec: unknown;
}

/** What a new deployment's id must be higher than: one that is in use although this store does not know it. */
export interface NumberedAbove {
  readonly above?: number;
}

export interface DeploymentRecord extends NewDeployment {
  /** Counts up over all environments, from 1. */
  readonly id: number;
  readonly environment: string;
  readonly end?: DeploymentEnd;
}

export interface DeploymentEnd {
  readonly at: number;
  readonly outcome: DeploymentOutcome;
  readonly failures: readonly Failure[];
  /** What should run in the environment from now on. */
  readonly members: unknown;
  /** The deployment that serves from now on: this one, the one before, or none. */
  readonly serving?: number;
}

export interface JournalEntry {
  readonly at: number;
  readonly event: unknown;
}

export interface EnvironmentRecord {
  readonly name: string;
  /** The deployment that serves; absent when nothing does. */
  readonly serving?: number;
  readonly members: unknown;
  readonly stopped: boolean;
  readonly lease?: { readonly holder: string; readonly token: number; readonly expiresAt: number };
}

export interface IncidentRecord {
  readonly at: number;
  readonly environment: string;
  readonly event: unknown;
}
