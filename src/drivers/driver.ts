import type { Result } from "../errors/result.ts";
import type { Secret } from "../secrets/secret.ts";
import type { BesideLook, Inspection } from "./inspection.ts";
import type { ReleaseContent } from "./release-content.ts";

/**
 * Starts, stops and observes instances somewhere, maybe on another machine. What the rooms above work with: a
 * `NaiveDriver` in the hands of `careful`. Every method is safe to repeat. Every method that changes something takes the
 * token of the environment's lease and fails with `stale-writer` when it is lower than one seen for the environment. A driver
 * that cannot be reached answers with `driver-unreachable`; it never says that there is nothing.
 * All drivers pass `test/drivers/conformance.ts`.
 */
export interface Driver extends NaiveDriver {
  readonly capabilities: Capabilities;
  verify(environment: string, release: ReleaseContent): Promise<Result<Deviation | undefined>>;
  inspect(environment: string): Promise<Result<readonly Inspection[]>>;
  beside(environment: string): Promise<Result<BesideLook>>;
  tend(report: (problem: unknown) => void, signal: AbortSignal): Promise<void>;
  /**
   * Yields once at once, then whenever an instance or job of the environment may have changed, until aborted; what did,
   * `observe` and `observeJob` tell. Never throws: what cannot be inspected yields, too.
   */
  watch(environment: string, signal: AbortSignal): AsyncIterable<void>;
}

/**
 * What a driver itself must do. It is naive: it does what it is told and reports what it sees; health, order, restarts
 * and routing are decided above it. It is never asked two things at once about one id, nor about a name that is none.
 */
export interface NaiveDriver {
  /** What it does besides; what is left out is as `defaultCapabilities` says. */
  readonly capabilities?: Partial<Capabilities>;
  /**
   * Brings a release where instances and jobs of the environment can be started from it: read-only, shared with no other
   * environment. One that is there as it should be costs a look. Each of the release's `writes` is a folder of the
   * environment's data; what the release itself has there is its first content. Running instances are not disturbed.
   */
  prepare(environment: string, release: ReleaseContent, token: number): Promise<Result<void>>;
  /** Removes what `prepare` brought, by the release's digest; never data. Nothing may run from it any more. */
  forget(environment: string, release: string, token: number): Promise<Result<void>>;
  /**
   * Removes everything that services of the environment have written, what `prepare` brought, and what is kept of jobs. No
   * instance may run there; a job that does is ended.
   */
  destroyData(environment: string, token: number): Promise<Result<void>>;
  /** How a prepared release is not as it was; `undefined`: it is not prepared. Left out: nobody can change it there. */
  verify?(environment: string, release: ReleaseContent): Promise<Result<Deviation | undefined>>;
  /**
   * Makes the instance run; resolves once it has an address (not once it is healthy). Starting an id that runs
   * is a success and changes nothing; starting one that ended starts it anew, maybe at another address. Fails with
   * `release-damaged` when the release is not prepared, or not as it was.
   */
  start(spec: InstanceSpec, token: number): Promise<Result<Instance>>;
  /** Asks (SIGTERM), waits `graceMs`, kills; the whole process tree. Stopping what is gone is a success. */
  stop(environment: string, id: string, graceMs: number, token: number): Promise<Result<Stopped>>;
  /** Every instance that was started and not removed, as it is now; what has ended is listed with its exit. */
  observe(environment: string): Promise<Result<readonly Instance[]>>;
  /**
   * What the running processes of instances really are, as far as the machine tells; instances that are not in the answer
   * could not be looked at. Left out: none can.
   */
  inspect?(environment: string): Promise<Result<readonly Inspection[]>>;
  /** What runs besides its instances and looks like them. Left out: it cannot tell. */
  beside?(environment: string): Promise<Result<BesideLook>>;
  /** Like that of `Driver`. Left out: the environment is looked at in short intervals. */
  watch?(environment: string, signal: AbortSignal): AsyncIterable<void>;
  /**
   * What an instance or job wrote (both streams, in order), as bytes. The first piece is what is there now: at most the last
   * `lines` lines, maybe nothing. With a `signal`, each further piece is what has come since, until it is aborted; without
   * one there are none. Ends early when it cannot be reached.
   */
  follow(environment: string, id: string, options: FollowOptions): AsyncIterable<Uint8Array>;
  /**
   * Begins a command that runs to its end: a migration, a check. It goes on when whoever started it dies. Starting an id
   * that was started before is a success and changes nothing, also when it has ended: a job runs at most once.
   */
  startJob(spec: JobSpec, token: number): Promise<Result<Job>>;
  /** A job as it is now; `undefined` when none of that id was ever begun, or it was removed. */
  observeJob(environment: string, id: string): Promise<Result<Job | undefined>>;
  /** Ends a job with everything that it has started. Stopping what is gone is a success. */
  stopJob(environment: string, id: string, graceMs: number, token: number): Promise<Result<Stopped>>;
  /** Removes everything it kept about an instance or job that has stopped (record, output). Idempotent. */
  remove(environment: string, id: string, token: number): Promise<Result<void>>;
  /** Work that has to be done as long as the agent lives, until aborted. Left out: there is none. */
  tend?(report: (problem: unknown) => void, signal: AbortSignal): Promise<void>;
}

/** What a driver may do that otherwise is done for it. */
export interface Capabilities {
  /** It finds out by itself whether instances are healthy, and says so. Otherwise they are asked at their addresses. */
  readonly probes: boolean;
  /** It brings back by itself what ends by itself. Otherwise that is the fleet keeper's. */
  readonly restarts: boolean;
  /** Stopping an instance lets the requests end that it has. Otherwise the gateway waits for them before. */
  readonly drains: boolean;
  /** It says how often each instance was brought back. Otherwise that is counted by what is seen. */
  readonly counts: boolean;
  /** Which limits of an instance it keeps. Otherwise they are not kept at all, and people are told. */
  readonly limits: { readonly memory: boolean; readonly cpu: boolean };
}

/** A driver that only does what it is told. */
export const defaultCapabilities: Capabilities = {
  probes: false,
  restarts: false,
  drains: false,
  counts: false,
  limits: { memory: false, cpu: false },
};

export interface FollowOptions {
  readonly lines: number;
  readonly signal?: AbortSignal;
}

/** How something was stopped: asking was enough, it had to be killed, there was nothing. */
export type Stopped = "asked" | "killed" | "gone";

/** How what was prepared is not as the release: paths relative to it, sorted; a folder that was added ends in a slash. */
export interface Deviation {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly missing: readonly string[];
}

/** What both instances and jobs are made of. */
export interface ProcessSpec {
  /** Unique in the environment; letters, digits, `-`, `_`, `.`. */
  readonly id: string;
  readonly environment: string;
  /** Digest of the release, which is prepared there; where it lies is the working directory. */
  readonly release: string;
  readonly deployment: number;
  readonly command: string | readonly [string, ...string[]];
  /** The Node that `node` is to mean to it: a range of npm's grammar. Absent: whichever the driver has. */
  readonly node?: string;
  /** The environment of the process but `PATH`, `HOME`, `TIDEGATE_DATA_DIR` and the like, which the driver adds. */
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
  /** false: a worker that listens nowhere; otherwise it gets `PORT` and `HOST`. */
  readonly listens: boolean;
  /** What it and all that it starts may use at most, as far as the driver can keep it to that. Default: no limits. */
  readonly limits?: Limits;
}

export interface Limits {
  readonly memoryBytes?: number;
  /** Of processors: 0.5 is half of one. */
  readonly cpu?: number;
}

export interface JobSpec extends ProcessSpec {
  /** It is ended when it takes longer, whoever lives then. */
  readonly timeoutMs: number;
}

export interface Job {
  readonly id: string;
  readonly environment: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** `exit` is `{ code: null, signal: null }` when nobody was there to see it. */
  readonly state:
    | { readonly state: "running" }
    | { readonly state: "ended"; readonly exit: Exit; readonly timedOut: boolean };
}

export interface Exit {
  /** Exit status; null when ended by a signal or unknown. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The limit for which the system ended it, or a part of it. */
  readonly limit?: "memory";
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
  /** The limits that it is held to. Absent: none. */
  readonly limits?: Limits;
  /** Only where the driver `probes`. */
  readonly healthy?: boolean;
  /** How often it was brought back by a driver that `restarts`, as far as anybody knows. */
  readonly restarts?: number;
  /** `exit` is `{ code: null, signal: null }` when nobody was there to see it. */
  readonly state:
    | { readonly state: "running"; readonly pid?: number }
    | { readonly state: "ended"; readonly exit: Exit };
}

export interface Address {
  readonly host: string;
  readonly port: number;
}
