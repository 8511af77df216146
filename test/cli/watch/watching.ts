import { onTestFinished } from "vitest";
import { processesIn } from "../../run/project.ts";
import { type CliOptions, type CliResult, type RunningCli, startCli } from "../../support/cli.ts";
import { type Line, lineOf } from "../../support/events.ts";

/** `tidegate run --watch --json` in a folder: its events as they come. Ended after the test, which fails when something is left. */
export class Watching {
  readonly #running: RunningCli;
  readonly #lines: Line[] = [];
  readonly #listeners = new Set<() => void>();
  #read = 0;

  constructor(cwd: string, args: readonly string[] = [], env: CliOptions["env"] = {}) {
    this.#running = startCli(["run", "--watch", "--json", ...args], { cwd, env });
    let rest = "";
    this.#running.child.stdout!.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      this.#lines.push(...lines.map(lineOf));
      for (const listener of this.#listeners) listener();
    });
    onTestFinished(async () => {
      this.#running.child.kill("SIGKILL");
      await this.#running.ended;
      const left = processesIn(cwd);
      for (const pid of left) process.kill(pid, "SIGKILL");
      if (left.length > 0) throw new Error(`Processes were left behind: ${left.join(", ")}`);
    });
  }

  /** All lines since the last call, up to the first that fits. */
  async upTo(fits: (line: Line) => boolean): Promise<Line[]> {
    for (;;) {
      const found = this.#lines.findIndex((line, position) => position >= this.#read && fits(line));
      if (found !== -1) {
        const lines = this.#lines.slice(this.#read, found + 1);
        this.#read = found + 1;
        return lines;
      }
      await this.#more();
    }
  }

  /** What happened up to the next wait for changes. */
  async untilWaiting(): Promise<string[]> {
    return brief(await this.upTo(({ type }) => type === "watchWaiting"));
  }

  /** What happened since the last call, up to this event of a task. */
  async untilTask(type: "taskStarted" | "taskOutput", task: string): Promise<Line[]> {
    return this.upTo((line) => line.type === type && line.task === task);
  }

  async end(signal: NodeJS.Signals = "SIGINT"): Promise<CliResult> {
    this.#running.child.kill(signal);
    return this.#running.ended;
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#listeners.delete(done);
        resolve();
      };
      this.#listeners.add(done);
      void this.#running.ended.then(({ stdout, stderr }) =>
        this.#listeners.has(done) ? reject(new Error(`ended:\n${stdout}\n${stderr}`)) : undefined,
      );
    });
  }
}

/** `build ran`, `build hit`, `changed src/a.js`, `run succeeded`. */
export function brief(lines: readonly Line[]): string[] {
  return lines.flatMap((line) => {
    switch (line.type) {
      case "taskHit":
        return [`${line.task} hit`];
      case "taskFinished":
        return [`${line.task} ${line.outcome.outcome === "succeeded" ? "ran" : line.outcome.outcome}`];
      case "taskSkipped":
        return [`${line.task} skipped`];
      case "watchChanged":
        return [
          `changed ${line.files.join(" ")}${line.supersedes === undefined ? "" : `, supersedes ${line.supersedes}`}`,
        ];
      case "runFinished":
        return [`run ${line.outcome}`];
      case "failure":
        return [`failure ${line.code}`];
      default:
        return [];
    }
  });
}
