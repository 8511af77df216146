import { existsSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { careful } from "../careful.ts";
import type { Capabilities, Deviation, Driver, FollowOptions, InstanceSpec, JobSpec, NaiveDriver } from "../driver.ts";
import type { BesideLook, Inspection } from "../inspection.ts";
import type { KeyedDigest, SpoolPlace } from "../place.ts";
import type { ReleaseContent } from "../release-content.ts";
import { lookBeside } from "./beside.ts";
import { environmentFailures } from "./child-environment.ts";
import { Children } from "./children.ts";
import type { Context } from "./context.ts";
import { Copies } from "./copies/copies.ts";
import { Protection } from "./copies/protection.ts";
import { fence } from "./fence.ts";
import { environmentFolder, findHome, findHomeAsync, makeHome, processFolder } from "./home.ts";
import { inspectInstances } from "./inspect.ts";
import { foldersInAsync, LastRunning, observeInstances } from "./instances.ts";
import { observeJob, startJob, stopJob } from "./jobs.ts";
import { KnownRecords } from "./known-records.ts";
import { LimitGroups } from "./limits/limit-groups.ts";
import { followLog } from "./output/follow.ts";
import { logFiles } from "./output/log-files.ts";
import { OutputKeeper } from "./output-keeper.ts";
import { Ports } from "./ports.ts";
import { PrivateFiles } from "./private-files.ts";
import { removeAll, removeJobs } from "./remove.ts";
import { startInstance } from "./start.ts";
import { stopInstance } from "./stop.ts";
import { tendOutput } from "./tend-output.ts";
import { Changes } from "./watch.ts";

/** Where the driver keeps things, and what it knows of the world. */
export interface LocalDriverOptions {
  /** Where records, output, releases and data are kept; made, private, when it is missing. */
  readonly stateFolder: string;
  /** The environment from which PATH, HOME and the like are taken. Default: this process's. */
  readonly caller?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  /** Where processes write to. Without it nothing can be started, only looked at and ended. */
  readonly spools?: SpoolPlace;
  /** Private to the user, outside of the state folder: where processes get files from. Without it they can get none. */
  readonly filesFolder?: string;
  /** For what instances say they were started with. Without it they don't say. */
  readonly digest?: KeyedDigest;
  /** The log of an instance is rotated when it is larger. Default: 10 MB. */
  readonly outputLimitBytes?: number;
  /** Takes what is worth a line in a log, and no failure. */
  readonly report?: (problem: unknown) => void;
  /** What keeps processes from writing to their release. Default: what this machine has. */
  readonly protection?: Protection;
  /** What holds instances to their limits. Default: what this machine has. */
  readonly groups?: LimitGroups;
}

/**
 * Runs instances and jobs as processes of this machine. They outlive this process; another driver on the same state folder
 * sees and stops them, and adopts what a killed one was about to start. Jobs are looked after by a process of their own.
 */
export function localDriver(options: LocalDriverOptions): Driver {
  return careful(new ProcessDriver(options));
}

class ProcessDriver implements NaiveDriver {
  readonly #stateFolder: string;
  readonly #changes = new Changes();
  /** Whether the state folder was seen. */
  #wasThere = false;
  readonly #lastRunning = new LastRunning();
  readonly #records = new KnownRecords();
  readonly #works: Omit<Context, "home">;
  readonly #groups: LimitGroups;

  constructor(options: LocalDriverOptions) {
    this.#stateFolder = options.stateFolder;
    const now = options.now ?? Date.now;
    const protection = options.protection ?? new Protection();
    this.#groups = options.groups ?? new LimitGroups();
    this.#works = {
      caller: options.caller ?? process.env,
      now,
      protection,
      copies: new Copies(protection, options.report ?? (() => {})),
      output: new OutputKeeper(options.spools, options.outputLimitBytes ?? 10_000_000),
      files: new PrivateFiles(options.filesFolder),
      groups: this.#groups,
      digest: options.digest,
      ports: new Ports(now),
      children: new Children(),
      changed: this.#changes.tell,
    };
  }

  get capabilities(): Partial<Capabilities> {
    return { limits: this.#groups.kept };
  }

  prepare(environment: string, release: ReleaseContent, token: number): Promise<Result<void>> {
    return this.#written(environment, token, ({ home, copies }) => copies.prepare(home, environment, release));
  }

  forget(environment: string, release: string, token: number): Promise<Result<void>> {
    return this.#written(environment, token, async ({ home, copies }) => {
      await copies.forget(home, environment, release);
      return ok();
    });
  }

  destroyData(environment: string, token: number): Promise<Result<void>> {
    return this.#written(environment, token, async (context) => {
      const { home, copies, files } = context;
      const gone = await removeJobs(context, environment, token);
      if (!gone.ok) return gone;
      for (const id of gone.value) files.remove({ kind: "jobs", environment, id });
      await copies.destroy(home, environment);
      // Of the instances the fence stays.
      await rmdir(environmentFolder(home, "jobs", environment)).catch(() => {});
      return ok();
    });
  }

  async verify(environment: string, { digest }: ReleaseContent): Promise<Result<Deviation | undefined>> {
    const home = findHome(this.#stateFolder);
    if (home === undefined) return ok(undefined);
    return guardDisk(async () => ok(await this.#works.copies.deviation(home, environment, digest)));
  }

  start(spec: InstanceSpec, token: number) {
    return this.#started(spec, (context) => startInstance(context, spec, token));
  }

  startJob(spec: JobSpec, token: number) {
    return this.#started(spec, (context) => startJob(context, spec, token));
  }

  stop(environment: string, id: string, graceMs: number, token: number) {
    return this.#work(async (context) => {
      const { home, children, output, files, changed } = context;
      const stopped = await stopInstance(home, children, { output, environment, id, graceMs, token });
      if (stopped.ok) files.remove({ kind: "instances", environment, id });
      changed(environment);
      return stopped;
    });
  }

  stopJob(environment: string, id: string, graceMs: number, token: number) {
    return this.#work((context) => stopJob(context, { environment, id, graceMs }, token));
  }

  observe(environment: string) {
    const known = { lastRunning: this.#lastRunning, records: this.#records };
    return this.#work(({ home, children }) => observeInstances(home, environment, { children, ...known }));
  }

  /** Without a key to digest with, values could only be compared in clear: then nothing is looked at. */
  inspect(environment: string): Promise<Result<readonly Inspection[]>> {
    const { digest } = this.#works;
    return this.#work(async ({ home }) => ok(digest === undefined ? [] : inspectInstances(home, environment, digest)));
  }

  beside(environment: string): Promise<Result<BesideLook>> {
    return this.#work(async ({ home }) => ok(lookBeside(home, environment)));
  }

  observeJob(environment: string, id: string) {
    return this.#work((context) => observeJob(context, environment, id));
  }

  async *follow(environment: string, id: string, options: FollowOptions): AsyncGenerator<Uint8Array> {
    yield* followLog(() => this.#logOf(environment, id), options);
  }

  async *watch(environment: string, signal: AbortSignal): AsyncGenerator<void> {
    yield* this.#changes.watch(environment, () => this.#stateOf(environment), signal);
  }

  remove(environment: string, id: string, token: number): Promise<Result<void>> {
    return this.#written(environment, token, async (context) => {
      const removed = await removeAll(context, environment, id);
      if (removed.ok)
        for (const kind of ["instances", "jobs"] as const) context.files.remove({ kind, environment, id });
      context.changed(environment);
      return removed;
    });
  }

  async tend(report: (problem: unknown) => void, signal: AbortSignal): Promise<void> {
    await tendOutput(() => findHome(this.#stateFolder), this.#works.output, report, signal);
  }

  #started<T>(spec: InstanceSpec | JobSpec, start: (context: Context) => Promise<Result<T>>): Promise<Result<T>> {
    const failures = environmentFailures(spec.env);
    return failures.length > 0 ? Promise.resolve(failed(...failures)) : this.#work(start);
  }

  #written(
    environment: string,
    token: number,
    work: (context: Context) => Promise<Result<void>>,
  ): Promise<Result<void>> {
    return this.#work(async (context) => {
      const refused = fence(context.home, environment, token);
      return refused === undefined ? work(context) : failed(refused);
    });
  }

  /** A folder that somebody removed is not made again, and what was in it is not taken for nothing. */
  #work<T>(work: (context: Context) => Promise<Result<T>>): Promise<Result<T>> {
    return guardDisk(async () => {
      const home = this.#wasThere ? await findHomeAsync(this.#stateFolder) : makeHome(this.#stateFolder);
      if (home === undefined) return this.#gone();
      this.#wasThere = true;
      const result = await work({ ...this.#works, home });
      return (await findHomeAsync(this.#stateFolder)) === undefined ? this.#gone() : result;
    });
  }

  #gone(): Result<never> {
    return failed({
      code: "driver-unreachable",
      message: `${this.#stateFolder} is gone: what is running is unknown`,
      hint: "Put it back, or see what can be done: tidegate doctor",
    });
  }

  /** What of an environment can change by itself. What cannot be inspected has not changed. */
  async #stateOf(environment: string): Promise<string> {
    const observed = await this.observe(environment).catch(() => undefined);
    const home = await findHomeAsync(this.#stateFolder);
    const names = home === undefined ? [] : await foldersInAsync(environmentFolder(home, "jobs", environment));
    const jobs = await Promise.all(names.map((id) => this.observeJob(environment, id).catch(() => undefined)));
    return JSON.stringify([observed, jobs]);
  }

  /** Where the log is of an instance, or else of a job, with all that has been written so far. */
  async #logOf(environment: string, id: string): Promise<readonly string[]> {
    const home = findHome(this.#stateFolder);
    if (home === undefined || !existsSync(this.#stateFolder)) return [];
    for (const kind of ["instances", "jobs"] as const) {
      await this.#works.output.take(home, { kind, environment, id });
      const files = logFiles(processFolder(home, kind, environment, id));
      if (files.length > 0) return files;
    }
    return [];
  }
}
