import type { Result } from "../errors/result.ts";
import type { Acted } from "./audit.ts";

/** What a store keeps of releases. What always holds is with `Store`. */
export interface Releases {
  /**
   * Keeps a release that was just made; it is the latest from now on, also when it was known before: then everything
   * else stays as it was. Resolves with what is kept.
   */
  addRelease(release: NewRelease): Promise<Result<ReleaseRecord>>;
  /** In the order of their last making, the latest first. */
  releases(): Promise<Result<readonly ReleaseRecord[]>>;
  /** Releases whose digest (with or without `sha256:`) begins so; the latest first. */
  findReleases(prefix: string): Promise<Result<readonly ReleaseRecord[]>>;
  /** Refuses the release in every environment from now on; `undefined` lifts it. */
  setQuarantine(digest: string, quarantine: Quarantine | undefined, acted?: Acted): Promise<Result<void>>;
  /** Keeps the release from being collected; `undefined` lifts it. */
  setPin(digest: string, pin: Pin | undefined, acted?: Acted): Promise<Result<void>>;
}

export interface NewRelease {
  readonly digest: string;
  readonly createdAt: number;
  readonly files: number;
  readonly bytes: number;
  /** Pipeline run that made it. */
  readonly run?: string;
  /** Where the sources stood, as far as known: commit, branch, whether there were uncommitted changes. */
  readonly provenance: unknown;
}

export interface ReleaseRecord extends NewRelease {
  /** Its place in the order of making: grows with every release that is made, also with one that was known. */
  readonly made: number;
  /** Its place in the order of shipping: the last deployment of it that was no rollback. Absent: it was never shipped. */
  readonly shipped?: number;
  readonly quarantine?: Quarantine;
  readonly pinned?: Pin;
}

export interface Quarantine {
  readonly at: number;
  readonly reason: string;
  readonly by?: unknown;
}

export interface Pin {
  readonly at: number;
  readonly reason?: string;
  readonly by?: unknown;
}
