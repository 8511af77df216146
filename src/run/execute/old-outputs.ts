import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { taskFile } from "../../cache/entries/task-file.ts";
import { moveOutputs } from "../../cache/outputs/move-outputs.ts";
import { SetAside } from "../../cache/outputs/set-aside.ts";
import { misplacedOutputs, removeTree, wipeOutputs } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { isWithin, matches, type Pattern } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { RunContext } from "../../runner/run-context.ts";

/**
 * The outputs that stood there before a task ran. The task never sees them, but they are put back unless it succeeds:
 * who builds again and fails has what was there. Reports, and outputs that hold them, tell of the attempt: old ones are
 * removed, and what a failed attempt wrote of them stays.
 */
export class OldOutputs {
  readonly #context: Pick<RunContext, "projectFolder" | "paths">;
  readonly #task: GraphTask;
  readonly #isSeenWhenFailed: boolean;
  readonly #aside: SetAside;
  readonly #kept: readonly Claim[];
  readonly #removed: readonly Claim[];
  #isOutOfTheWay = false;

  /** `isSeenWhenFailed`: others go on with what the task wrote although it failed, and must not take old outputs for it. */
  constructor(context: Pick<RunContext, "projectFolder" | "paths">, task: GraphTask, isSeenWhenFailed: boolean) {
    const { outputs, junit, tap, coverage } = task.patterns;
    const reports = [...junit, ...tap, ...coverage];
    this.#context = context;
    this.#task = task;
    this.#isSeenWhenFailed = isSeenWhenFailed;
    this.#aside = new SetAside(context.paths.aside, context.projectFolder);
    this.#removed = outputs.filter((claim) => reports.some((report) => overlap(claim.pattern, report.pattern)));
    this.#kept = outputs.filter((claim) => !this.#removed.includes(claim));
  }

  /** Before each attempt: nothing stands where outputs are declared. @throws the system's error. */
  clear(): void {
    const { projectFolder } = this.#context;
    if (!this.#isOutOfTheWay) this.#aside.take(this.#kept);
    wipeOutputs(projectFolder, this.#isOutOfTheWay ? this.#task.patterns.outputs : this.#removed);
    this.#isOutOfTheWay = true;
  }

  /** The new ones are whole. @throws the system's error. */
  async discard(): Promise<void> {
    removeTree(this.#failedFolder);
    await this.#aside.discard();
  }

  /** Puts them back, in place of what the task left; nothing when that is done, or they were discarded. @throws the system's error. */
  putBack(): void {
    if (this.#aside.isEmpty) return;
    if (this.#isPlaced) wipeOutputs(this.#context.projectFolder, this.#kept);
    this.#aside.putBack();
  }

  /** The same of a failure: what the task wrote until then is kept apart, and the failure says where. @throws the system's error. */
  async putBackAfter(failures: readonly Failure[]): Promise<readonly Failure[]> {
    if (this.#aside.isEmpty) return failures;
    if (this.#isSeenWhenFailed) {
      await this.#aside.discard();
      return failures;
    }
    this.#moveFailed();
    this.putBack();
    return existsSync(this.#failedFolder) ? withPlace(failures, this.#shownFolder) : failures;
  }

  #moveFailed(): void {
    removeTree(this.#failedFolder);
    if (!this.#isPlaced) return;
    try {
      moveOutputs(this.#context.projectFolder, this.#failedFolder, this.#kept);
    } catch {
      // It is only evidence: what cannot be moved is removed.
      removeTree(this.#failedFolder);
    }
  }

  /** A command may have put a link in the way of what it should have written. */
  get #isPlaced(): boolean {
    return misplacedOutputs(this.#context.projectFolder, this.#kept).length === 0;
  }

  get #failedFolder(): string {
    return join(this.#context.paths.failed, taskFile(this.#task.name));
  }

  get #shownFolder(): string {
    return relative(this.#context.projectFolder, this.#failedFolder);
  }
}

function overlap(output: Pattern, report: Pattern): boolean {
  if (output.kind === "glob" && report.kind !== "glob") return matches(output, report.base);
  return isWithin(report.base, output.base) || isWithin(output.base, report.base);
}

function withPlace([first, ...others]: readonly Failure[], folder: string): readonly Failure[] {
  if (first === undefined) return others;
  const place = `Its outputs are those from before; what it wrote this time is in ${folder}/`;
  return [{ ...first, hint: first.hint === undefined ? place : `${first.hint}\n${place}` }, ...others];
}
