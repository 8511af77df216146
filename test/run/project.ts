import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { defineProject } from "../../src/definition/builders.ts";
import type { Matrix, Task } from "../../src/definition/types.ts";
import type { PipelineEvent } from "../../src/events/event.ts";
import { type RunOptions, type RunResult, runPipeline } from "../../src/run/run.ts";
import { withCacheKey } from "../support/cache-key.ts";
import { removeTree } from "../support/remove-tree.ts";

/** What a test's run saw, in order. */
export interface Watched {
  readonly result: RunResult;
  readonly events: readonly PipelineEvent[];
}

/** A project in a folder of its own, removed after the test, which fails when a process is left in it. */
export class TestProject {
  readonly folder: string;

  constructor(files: Readonly<Record<string, string>> = {}, name = "project") {
    const parent = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-pipeline-"));
    this.folder = join(parent, name);
    mkdirSync(this.folder);
    for (const [path, content] of Object.entries(files)) this.write(path, content);
    onTestFinished(() => {
      const left = processesIn(this.folder);
      for (const pid of left) process.kill(pid, "SIGKILL");
      removeTree(parent);
      if (left.length > 0) throw new Error(`Processes were left behind: ${left.join(", ")}`);
    });
  }

  at(path: string): string {
    return join(this.folder, path);
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), content);
  }

  /** Runs; fails the test when the run could not begin. */
  async run(pipeline: Readonly<Record<string, Task | Matrix>>, options: Partial<RunOptions> = {}): Promise<Watched> {
    const events: PipelineEvent[] = [];
    const result = await this.attempt(pipeline, {
      ...options,
      emit: (event) => {
        events.push(event as PipelineEvent);
        options.emit?.(event);
      },
    });
    if (!result.ok) throw new Error(JSON.stringify(result.failures, undefined, 2));
    return { result: result.value, events };
  }

  attempt(pipeline: Readonly<Record<string, Task | Matrix>>, options: Partial<RunOptions> = {}) {
    return runPipeline({
      projectFolder: this.folder,
      project: defineProject({ name: "test", pipeline }),
      environment: { PATH: process.env.PATH ?? "", HOME: this.folder, ...withCacheKey },
      emit: () => undefined,
      ...options,
    });
  }
}

/** What became of the tasks: `hit`, `hit 3` (restored), `ran`, `failed`, `cancelled`, `skipped`. */
export function outcomes({ result }: Watched): Record<string, string> {
  return Object.fromEntries(
    Object.entries(result.tasks).map(([name, { record }]) => {
      const outcome = record.result;
      if (outcome.result === "hit") return [name, outcome.restored === 0 ? "hit" : `hit ${outcome.restored}`];
      return [name, outcome.result === "succeeded" ? "ran" : outcome.result];
    }),
  );
}

/** The reasons of the tasks that ran, by name. */
export function reasons({ events }: Watched): Record<string, unknown> {
  const started = events.filter((event) => event.type === "taskStarted");
  return Object.fromEntries(started.map(({ task, reason }) => [task, reason]));
}

/** The cache decisions of the tasks that ran, by name. */
export function decisions({ events }: Watched): Record<string, unknown> {
  const finished = events.filter((event) => event.type === "taskFinished");
  return Object.fromEntries(finished.map(({ task, cache }) => [task, cache]));
}

export function failuresOf({ result }: Watched, task: string) {
  return result.tasks[task]!.failures;
}

/** Everything a task wrote, as lines. */
export function output({ events }: Watched, task: string): string[] {
  const lines = events.filter((event) => event.type === "taskOutput").filter((event) => event.task === task);
  return lines.map(({ text }) => text);
}

/** Processes whose working directory is in the folder. */
export function processesIn(folder: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return pid !== process.pid && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}
