import type { Failure } from "../errors/failure.ts";
import type { Result } from "../errors/result.ts";
import type { DeploymentKind, DeploymentOutcome } from "../events/event.ts";
import type { Acted, Audit } from "./audit.ts";
import type { Events, Incidents } from "./happenings.ts";
import type { Releases } from "./releases.ts";

export type * from "./audit.ts";
export * from "./happenings.ts";
export type * from "./releases.ts";

/**
 * Durable state of one project: what was released and deployed, and what should be running. Any number of processes, on
 * any number of machines, may have it open at once.
 *
 * What always holds, in every store (`test/store/conformance.ts`):
 * - Every call resolves with a `Result`; `undefined` and [] mean that there is nothing, never that it could not be seen.
 *   A write that fails with `store-unreachable` may have been done all the same: look before you do it again.
 * - A write is done completely or not at all, and is safe from a power cut once it has resolved.
 * - Whatever takes a lease is done only while that lease is the newest of its environment; otherwise it fails with
 *   `stale-writer` and nothing is written. A lease that ran out but that nobody took over is still the newest.
 * - Tokens, and the times of leases, come from the store's own clock; numbers and orders come from its own counters, so
 *   they grow even where clocks don't. All other times are the caller's, in milliseconds since 1970.
 * - Specs, members, provenance, events, matters, subjects and actors (`by`) are documents of the rooms above: they come back as they
 *   were given. One that cannot be parsed any more fails with `state-damaged`.
 */
export interface Store
  extends Releases,
    Leases,
    Deployments,
    Matters,
    Environments,
    Resources,
    Incidents,
    Events,
    Audit,
    Upkeep {
  /** Nothing that other projects keep in the same database is ever seen or changed. */
  readonly project: string;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- leases

export interface Leases {
  /**
   * Makes the holder the environment's only writer for `ttlMs` from now, with a token higher than any before: also than
   * those of a store that was lost, because no token is lower than the time in milliseconds.
   * Fails with `environment-busy` while another holder's lease has not run out, unless `isGone` says of that holder
   * that it cannot act any more. Of several that ask at once, one gets it.
   */
  acquireLease(request: LeaseRequest): Promise<Result<Lease>>;
  /** Prolongs the lease to `ttlMs` from now. */
  renewLease(lease: Lease, ttlMs: number): Promise<Result<void>>;
  /** Gives the lease back; a lease that was taken over is left alone. */
  releaseLease(lease: Lease): Promise<Result<void>>;
}

export interface LeaseRequest {
  readonly environment: string;
  /** Names the process that will write; opaque. */
  readonly holder: string;
  readonly ttlMs: number;
  /** Called while the environment is locked: it must be quick and must not wait for this store. */
  readonly isGone?: (holder: string) => boolean;
}

export interface Lease {
  readonly environment: string;
  readonly holder: string;
  /** Fencing token: grows with every lease of the environment. */
  readonly token: number;
}

// ---------------------------------------------------------------- deployments

export interface Deployments {
  /** With its matters, in one write. The action gets the deployment's number. */
  createDeployment(lease: Lease, deployment: NewDeployment & Numbering & Acted): Promise<Result<DeploymentRecord>>;
  /** A number for a deployment that may be made later, or never; nobody else gets it. */
  numberDeployment(lease: Lease, numbering: Pick<Numbering, "above">): Promise<Result<number>>;
  /** Appends to the deployment's journal. */
  appendJournal(lease: Lease, deployment: number, entry: JournalEntry & Acted): Promise<Result<void>>;
  /** In the order written. */
  journal(deployment: number): Promise<Result<readonly JournalEntry[]>>;
  /** Closes the deployment and says what the environment should run from now on, both or neither. */
  finishDeployment(lease: Lease, deployment: number, end: DeploymentEnd & Acted): Promise<Result<void>>;
  deployment(id: number): Promise<Result<DeploymentRecord | undefined>>;
  /** Newest first. */
  deployments(filter?: {
    readonly environment?: string;
    readonly limit?: number;
  }): Promise<Result<readonly DeploymentRecord[]>>;
  /** Those without an end, oldest first. */
  unfinishedDeployments(): Promise<Result<readonly DeploymentRecord[]>>;
}

export interface NewDeployment {
  readonly release: string;
  readonly kind: DeploymentKind;
  readonly at: number;
  readonly spec: unknown;
  /** Who asked for it. */
  readonly by?: unknown;
}

export interface Numbering {
  /** What a new id must be higher than: one that is in use although this store does not know it. */
  readonly above?: number;
  /** What `numberDeployment` gave out for it. */
  readonly id?: number;
  /** What awaits a person because of it, or no longer does. */
  readonly matters?: readonly (Omit<Matter, "deployment"> & Acted)[];
}

export interface DeploymentRecord extends NewDeployment {
  /** Counts up over all environments of the project, from 1. */
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

// ---------------------------------------------------------------- matters

/** What awaits a person, by the number of a deployment, which need not be there (yet); and what became of it. */
export interface Matters {
  /** Writes it down, or what is known of it anew. */
  setMatter(lease: Lease, matter: Matter & Acted): Promise<Result<void>>;
  /** By number, then kind. */
  matters(filter?: {
    readonly environment?: string;
    readonly deployment?: number;
    /** Only those that still await somebody. */
    readonly isOpen?: true;
  }): Promise<Result<readonly MatterRecord[]>>;
}

export interface Matter {
  readonly deployment: number;
  readonly kind: string;
  readonly isOpen: boolean;
  readonly document: unknown;
}

export interface MatterRecord extends Matter {
  readonly environment: string;
}

// ---------------------------------------------------------------- environments

export interface Environments {
  environment(name: string): Promise<Result<EnvironmentRecord | undefined>>;
  /** By name, in the order of code units. */
  environments(): Promise<Result<readonly EnvironmentRecord[]>>;
  /** Whether the environment's instances should run at all. */
  setStopped(lease: Lease, stopped: boolean): Promise<Result<void>>;
  /** Forgets what the environment serves; its history and its token stay, and what is known of it (`describe`). */
  clearEnvironment(lease: Lease): Promise<Result<void>>;
  /** Keeps what is known of the environment besides what it serves; `undefined`: it is not there any more. */
  describeEnvironment(lease: Lease, about: unknown): Promise<Result<void>>;
}

export interface EnvironmentRecord {
  readonly name: string;
  /** The deployment that serves; absent when nothing does. */
  readonly serving?: number;
  readonly members: unknown;
  readonly stopped: boolean;
  /** Absent: it was never created by itself, or was destroyed. */
  readonly about?: unknown;
  /** The newest lease, unless it was given back; `expiresAt` is by the store's clock. */
  readonly lease?: { readonly holder: string; readonly token: number; readonly expiresAt: number };
}

// ---------------------------------------------------------------- resources

/**
 * The ledger of what was made for environments: it is written before anything is made and struck out after it is gone, so
 * that what is in it may be there, and what is not in it was never created by this project.
 */
export interface Resources {
  /** By environment and name, in the order of code units. */
  resources(environment?: string): Promise<Result<readonly ResourceRecord[]>>;
  /** Writes a resource down, or what is known of it anew. */
  setResource(lease: Lease, name: string, document: unknown): Promise<Result<void>>;
  removeResource(lease: Lease, name: string): Promise<Result<void>>;
  /** Newest first. */
  snapshots(environment?: string): Promise<Result<readonly SnapshotRecord[]>>;
  /** Resolves with its id, which counts up over all environments of the project, from 1. */
  addSnapshot(lease: Lease, document: unknown): Promise<Result<number>>;
  setSnapshot(lease: Lease, id: number, document: unknown): Promise<Result<void>>;
  removeSnapshot(lease: Lease, id: number): Promise<Result<void>>;
}

export interface ResourceRecord {
  readonly environment: string;
  readonly name: string;
  readonly document: unknown;
}

export interface SnapshotRecord {
  readonly id: number;
  readonly environment: string;
  readonly document: unknown;
}

// ---------------------------------------------------------------- upkeep

export interface Upkeep {
  /** How far the store has come. A value lower than one seen before means that it has lost its newest part. */
  highWater(): Promise<Result<HighWater>>;
  /** Everything that is wrong with what is kept, in sentences; [] when it is sound. Reads all of it. */
  check(): Promise<Result<readonly string[]>>;
  /**
   * Writes the state as it is at one moment into a new SQLite file, private to the user, while others go on reading and
   * writing. Fails with `file-exists` when there is a file already. The file is complete or is not there.
   */
  backup(file: string): Promise<Result<void>>;
}

/** 0 where there was none yet. */
export interface HighWater {
  readonly deployment: number;
  /** The highest token of any environment. */
  readonly token: number;
  readonly event: number;
}
