import { existsSync } from "node:fs";
import { failed, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import type { Driver, Instance, InstanceSpec, JobResult, JobSpec } from "../driver.ts";
import { Children } from "./children.ts";
import { type Home, openHome, processFolder } from "./home.ts";
import { observeInstances } from "./instances.ts";
import { runJob } from "./jobs.ts";
import { nameFailure } from "./names.ts";
import { lastLines, outputFiles } from "./output.ts";
import { Ports } from "./ports.ts";
import { removeAll } from "./remove.ts";
import { Serial } from "./serial.ts";
import { specFailures } from "./spec-failures.ts";
import { startInstance } from "./start.ts";
import { stopInstance } from "./stop.ts";

export interface LocalDriverOptions {
  /** Where records and output are kept; made, private, when it is missing. */
  readonly stateFolder: string;
  /** The environment from which PATH, HOME and the like are taken. Default: this process's. */
  readonly caller?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
  /** An instance's output is rotated when it is larger. Default: 10 MB. */
  readonly outputLimitBytes?: number;
}

/**
 * Runs instances and jobs as processes of this machine. Instances outlive this process; another driver on the same
 * state folder sees and stops them, and adopts what a killed one was about to start.
 */
export function localDriver(options: LocalDriverOptions): Driver {
  return new LocalDriver(options);
}

class LocalDriver implements Driver {
  readonly #stateFolder: string;
  readonly #caller: Readonly<Record<string, string | undefined>>;
  readonly #now: () => number;
  readonly #outputLimitBytes: number;
  readonly #children = new Children();
  readonly #ports: Ports;
  readonly #serial = new Serial();

  constructor(options: LocalDriverOptions) {
    this.#stateFolder = options.stateFolder;
    this.#caller = options.caller ?? process.env;
    this.#now = options.now ?? Date.now;
    this.#outputLimitBytes = options.outputLimitBytes ?? 10_000_000;
    this.#ports = new Ports(this.#now);
  }

  async start(spec: InstanceSpec, token: number): Promise<Result<Instance>> {
    const failures = specFailures(spec);
    if (failures.length > 0) return failed(...failures);
    return this.#alone(spec, (home) => startInstance({ ...this.#context(home), ports: this.#ports }, spec, token));
  }

  async stop(environment: string, id: string, graceMs: number, token: number) {
    const stop = { environment, id, graceMs, token };
    return this.#alone(stop, (home) => stopInstance(home, this.#children, stop));
  }

  async observe(environment: string): Promise<Result<readonly Instance[]>> {
    const wrong = nameFailure(environment, "any");
    if (wrong !== undefined) return failed(wrong);
    return guardDisk(() =>
      observeInstances(openHome(this.#stateFolder), environment, this.#children, this.#outputLimitBytes),
    );
  }

  async output(environment: string, id: string, lines: number): Promise<readonly string[]> {
    const folder = this.#outputFolder(environment, id);
    return folder === undefined ? [] : lastLines(folder, lines);
  }

  async outputFiles(environment: string, id: string): Promise<readonly string[]> {
    const folder = this.#outputFolder(environment, id);
    return folder === undefined ? [] : outputFiles(folder);
  }

  async runJob(spec: JobSpec, token: number, signal: AbortSignal): Promise<Result<JobResult>> {
    const failures = specFailures(spec);
    if (failures.length > 0) return failed(...failures);
    return this.#alone(spec, (home) => runJob(this.#context(home), spec, token, signal), "job");
  }

  async remove(environment: string, id: string): Promise<Result<void>> {
    const name = { environment, id };
    // Both queues: the id may be an instance's, a job's, or both.
    return this.#alone(name, () =>
      this.#alone(name, (home) => removeAll(home, this.#children, environment, id), "job"),
    );
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
    return this.#serial.run(key, () => guardDisk(() => work(openHome(this.#stateFolder))));
  }

  #context(home: Home) {
    return { home, children: this.#children, caller: this.#caller, now: this.#now };
  }

  #outputFolder(environment: string, id: string): string | undefined {
    if (nameFailure(environment, id) !== undefined || !existsSync(this.#stateFolder)) return undefined;
    const home = openHome(this.#stateFolder);
    const folders = (["instances", "jobs"] as const).map((kind) => processFolder(home, kind, environment, id));
    return folders.find((folder) => outputFiles(folder).length > 0);
  }
}
