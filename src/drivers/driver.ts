import type { Result } from "../errors/result.ts";
import type { Secret } from "../secrets/secret.ts";

/**
 * Starts, stops and observes instances somewhere. A driver is naive: it does what it is told and reports what it
 * sees; health, order, restarts and routing are decided above it. Every method is safe to repeat. All drivers pass
 * `test/drivers/conformance.ts`.
 */
export interface Driver {
  /**
   * Makes the instance run; resolves once it has an address (not once it is healthy). Starting an id that runs
   * is a success and changes nothing; starting one that ended starts it anew, maybe at another address.
   * Fails with `stale-writer` when `token` is lower than one seen for this environment.
   */
  start(spec: InstanceSpec, token: number): Promise<Result<Instance>>;
  /** Asks (SIGTERM), waits `graceMs`, kills; the whole process tree. Stopping what is gone is a success. */
  stop(environment: string, id: string, graceMs: number, token: number): Promise<Result<"asked" | "killed" | "gone">>;
  /** Every instance that was started and not removed, as it is now; what has ended is listed with its exit. */
  observe(environment: string): Promise<Result<readonly Instance[]>>;
  /** The last `lines` lines that an instance or job wrote (both streams, in order); [] when there are none. */
  output(environment: string, id: string, lines: number): Promise<readonly string[]>;
  /** Where the whole output is, for `logs`: absolute file paths, oldest first. */
  outputFiles(environment: string, id: string): Promise<readonly string[]>;
  /**
   * Runs a command to its end: migrations and checks. Repeating a job id runs it again, after ending what a killed
   * run of it left. When `signal` aborts, everything is ended and it fails with `interrupted`.
   */
  runJob(spec: JobSpec, token: number, signal: AbortSignal): Promise<Result<JobResult>>;
  /** Removes everything it kept about an instance or job that has stopped (record, output). Idempotent. */
  remove(environment: string, id: string): Promise<Result<void>>;
}

/** What both instances and jobs are made of. */
export interface ProcessSpec {
  /** Unique in the environment; letters, digits, `-`, `_`, `.`. */
  readonly id: string;
  readonly environment: string;
  /** Absolute path of the unpacked release; the working directory. */
  readonly directory: string;
  readonly command: string | readonly [string, ...string[]];
  /** The whole environment of the process but `PATH`, `HOME` and the like, which the driver adds. */
  readonly env: Readonly<Record<string, string | Secret>>;
  /**
   * Files that are there for the process alone, by the environment variable that says where each is: private to its user,
   * nowhere that is kept or backed up, gone once the process is stopped. Default: none.
   */
  readonly files?: Readonly<Record<string, PrivateFile>>;
}

export interface PrivateFile {
  /** A simple file name. */
  readonly name: string;
  readonly content: Secret;
  /** What of the content must not be shown when the process writes it. */
  readonly secrets: readonly Secret[];
}

export interface InstanceSpec extends ProcessSpec {
  readonly service: string;
  /** Digest of the release. */
  readonly release: string;
  readonly deployment: number;
  /** false: a worker that listens nowhere; otherwise it gets `PORT` and `HOST`. */
  readonly listens: boolean;
}

export interface JobSpec extends ProcessSpec {
  readonly timeoutMs: number;
}

export interface JobResult {
  readonly exit: Exit;
  readonly timedOut: boolean;
}

export interface Exit {
  /** Exit status; null when ended by a signal or unknown. */
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Instance {
  readonly id: string;
  readonly environment: string;
  readonly service: string;
  readonly release: string;
  readonly deployment: number;
  /** Absent for workers. */
  readonly address?: Address;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /**
   * What it was started with: a keyed digest for each variable of `env` and each file of `files`, taken when it was started,
   * so that it can be told without asking the application. Absent: the driver was given no key, or it was started before.
   */
  readonly startedWith?: Readonly<Record<string, string>>;
  /** `exit` is `{ code: null, signal: null }` when nobody was there to see it. */
  readonly state:
    | { readonly state: "running"; readonly pid?: number }
    | { readonly state: "ended"; readonly exit: Exit };
}

export interface Address {
  readonly host: string;
  readonly port: number;
}
