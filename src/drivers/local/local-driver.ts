import { existsSync } from "node:fs";
import { TurnTaker } from "../../concurrency/turn-taker.ts";
import { failed, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { lastLines } from "../../files/last-lines.ts";
import type { Driver, Instance, InstanceSpec, JobResult, JobSpec } from "../driver.ts";
import { Children } from "./children.ts";
import { findHome, type Home, openHome, processFolder } from "./home.ts";
import { observeInstances } from "./instances.ts";
import { runJob } from "./jobs.ts";
import { nameFailure } from "./names.ts";
import { outputFiles } from "./output.ts";
import { OutputKeeper, type SpoolPlace } from "./output-keeper.ts";
import { Ports } from "./ports.ts";
import { PrivateFiles } from "./private-files.ts";
import { removeAll } from "./remove.ts";
import { specFailures } from "./spec-failures.ts";
import { startInstance } from "./start.ts";
import type { KeyedDigest } from "./started-with.ts";
import { stopInstance } from "./stop.ts";
import { tendOutput } from "./tend-output.ts";

/** Where the driver keeps things, and what it knows of the world. */
export interface LocalDriverOptions {
  /** Where records and output are kept; made, private, when it is missing. */
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
}

/** A driver that also keeps what its processes write. */
export interface LocalDriver extends Driver {
  /** Takes over what processes write, also those that are left of an earlier driver, until aborted. One at a time. */
  tendOutput(report: (problem: unknown) => void, signal: AbortSignal): Promise<void>;
}

/**
 * Runs instances and jobs as processes of this machine. Instances outlive this process; another driver on the same
 * state folder sees and stops them, and adopts what a killed one was about to start.
 */
export function localDriver(options: LocalDriverOptions): LocalDriver {
  return new ProcessDriver(options);
}

class ProcessDriver implements LocalDriver {
  readonly #stateFolder: string;
  readonly #caller: Readonly<Record<string, string | undefined>>;
  readonly #now: () => number;
  readonly #output: OutputKeeper;
  readonly #files: PrivateFiles;
  readonly #digest: KeyedDigest | undefined;
  readonly #children = new Children();
  readonly #ports: Ports;
  readonly #turns = new TurnTaker();

  constructor(options: LocalDriverOptions) {
    this.#stateFolder = options.stateFolder;
    this.#caller = options.caller ?? process.env;
    this.#now = options.now ?? Date.now;
    this.#output = new OutputKeeper(options.spools, options.outputLimitBytes ?? 10_000_000);
    this.#files = new PrivateFiles(options.filesFolder);
    this.#digest = options.digest;
    this.#ports = new Ports(this.#now);
  }

  async start(spec: InstanceSpec, token: number): Promise<Result<Instance>> {
    const failures = specFailures(spec);
    if (failures.length > 0) return failed(...failures);
    return this.#alone(spec, (home) =>
      startInstance({ ...this.#context(home), ports: this.#ports, digest: this.#digest }, spec, token),
    );
  }

  async stop(environment: string, id: string, graceMs: number, token: number) {
    const stop = { output: this.#output, environment, id, graceMs, token };
    return this.#alone(stop, async (home) => {
      const stopped = await stopInstance(home, this.#children, stop);
      if (stopped.ok) this.#files.remove({ kind: "instances", environment, id });
      return stopped;
    });
  }

  async observe(environment: string): Promise<Result<readonly Instance[]>> {
    const wrong = nameFailure(environment, "any");
    if (wrong !== undefined) return failed(wrong);
    return guardDisk(() => observeInstances(openHome(this.#stateFolder), environment, this.#children));
  }

  async output(environment: string, id: string, lines: number): Promise<readonly string[]> {
    const folder = await this.#outputFolder(environment, id);
    return folder === undefined ? [] : lastLines(outputFiles(folder), lines);
  }

  async outputFiles(environment: string, id: string): Promise<readonly string[]> {
    const folder = await this.#outputFolder(environment, id);
    return folder === undefined ? [] : outputFiles(folder);
  }

  async runJob(spec: JobSpec, token: number, signal: AbortSignal): Promise<Result<JobResult>> {
    const failures = specFailures(spec);
    if (failures.length > 0) return failed(...failures);
    const run = async (home: Home) => {
      try {
        return await runJob(this.#context(home), spec, token, signal);
      } finally {
        this.#files.remove({ kind: "jobs", environment: spec.environment, id: spec.id });
      }
    };
    return this.#alone(spec, run, "job");
  }

  async remove(environment: string, id: string): Promise<Result<void>> {
    const name = { environment, id };
    // Both queues: the id may be an instance's, a job's, or both.
    const removeBoth = async (home: Home) => {
      const removed = await removeAll(this.#context(home), environment, id);
      if (removed.ok) for (const kind of ["instances", "jobs"] as const) this.#files.remove({ kind, environment, id });
      return removed;
    };
    return this.#alone(name, () => this.#alone(name, removeBoth, "job"));
  }

  /** One at a time for each instance and each job: what one does, the next one finds done. */
  async #alone<T>(
    { environment, id }: { readonly environment: string; readonly id: string },
    work: (home: Home) => Promise<Result<T>>,
    queue = "instance",
  ): Promise<Result<T>> {
    const wrong = nameFailure(environment, id);
    if (wrong !== undefined) return failed(wrong);
    const key = `${queue} ${environment}/${id}`;
    return this.#turns.take(key, () => guardDisk(() => work(openHome(this.#stateFolder))));
  }

  #context(home: Home) {
    const own = { output: this.#output, files: this.#files, children: this.#children };
    return { home, ...own, caller: this.#caller, now: this.#now };
  }

  async tendOutput(report: (problem: unknown) => void, signal: AbortSignal): Promise<void> {
    await tendOutput(() => findHome(this.#stateFolder), this.#output, report, signal);
  }

  /** With the log that holds all that has been written so far. */
  async #outputFolder(environment: string, id: string): Promise<string | undefined> {
    if (nameFailure(environment, id) !== undefined || !existsSync(this.#stateFolder)) return undefined;
    const home = openHome(this.#stateFolder);
    for (const kind of ["instances", "jobs"] as const) {
      await this.#output.take(home, { kind, environment, id });
      const folder = processFolder(home, kind, environment, id);
      if (outputFiles(folder).length > 0) return folder;
    }
    return undefined;
  }
}
