import { count, shortDigest, showBytes, showDuration } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import type { Event, PipelineEvent, UncheckedSecret } from "../../events/event.ts";
import { marks } from "./marks.ts";
import type { Palette } from "./palette.ts";
import type { HumanOptions } from "./renderer.ts";
import { RunView } from "./run-view.ts";
import { safeColoredLine, safeLine } from "./safe-text.ts";
import { mostIdle, summaryLines } from "./summary.ts";
import { padTo, textWidth } from "./text-width.ts";
import { doubtLine, leftOutLines } from "./words/left-out.ts";
import {
  showComparedWith,
  showHit,
  showReason,
  showReasonInFull,
  showSelection,
  showSkip,
  showTests,
} from "./words/pipeline.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

const widestPrefix = 24;

/** The lines that pipeline and release events make. Output stands behind `task | `, facts behind a mark. */
export class RunNotes {
  readonly #colors: Palette;
  readonly #options: HumanOptions;
  #view: RunView | undefined;
  #prefixWidth = 0;
  #foldsIdle = false;

  constructor(colors: Palette, options: HumanOptions) {
    this.#colors = colors;
    this.#options = options;
  }

  linesOf(event: Event): string[] {
    if (event.type === "runStarted") return this.#start(event);
    if (event.type === "releasePacked") return showPacked(event, this.#colors);
    if (event.type === "releasePacking") return [showPacking(event, this.#colors)];
    if (event.type === "releaseScanned") return showScanned(event, this.#colors);
    if (event.type !== "taskOutput") this.#view?.apply(event as PipelineEvent, this.#options.now());
    switch (event.type) {
      case "taskStarted":
        return this.#taskStarted(event);
      case "taskOutput":
        return event.text.split("\n").map((line) => this.#outputLine(event.task, line));
      case "taskHit":
        if (this.#foldsIdle && event.restored === 0) return [];
        return [
          this.#fact(this.#colors.active(marks.hit), event.task, `hit, ${showHit(event.restored, event.savedMs)}`),
        ];
      case "taskFinished":
        return this.#taskFinished(event);
      case "taskSkipped":
        if (this.#foldsIdle && event.because.reason === "unaffected") return [];
        return [this.#fact(this.#colors.warn(marks.skipped), event.task, `skipped: ${showSkip(event.because)}`)];
      case "taskSelected":
        if (!this.#options.explain) return [];
        return [this.#fact(this.#colors.faint(marks.waiting), event.task, `selected: ${showSelection(event.because)}`)];
      case "taskQueued":
        return [
          this.#fact(this.#colors.faint(marks.waiting), event.task, `queued: ${event.group}, ${event.limit} at a time`),
        ];
      case "runFinished":
        return ["", ...(this.#view === undefined ? [] : summaryLines(this.#view, this.#colors, this.#options))];
      default:
        return [];
    }
  }

  #start(event: Of<"runStarted">): string[] {
    this.#view = new RunView(event, this.#options.now());
    this.#foldsIdle = this.#options.quietHits || event.tasks.length > mostIdle;
    const widths = event.tasks.map(({ name }) => textWidth(name));
    this.#prefixWidth = Math.min(widestPrefix, Math.max(0, ...widths));
    const since = event.comparedWith === undefined ? "" : `, changed since ${showComparedWith(event.comparedWith)}`;
    return [`run ${event.run}: ${count(event.tasks.length, "task")}, ${event.concurrency} at a time${since}`];
  }

  #taskStarted({ task, reason, attempt }: Of<"taskStarted">): string[] {
    const [first = "", ...more] = this.#options.explain ? showReasonInFull(reason) : [showReason(reason)];
    const words = attempt > 1 ? `runs again, attempt ${attempt}` : `runs: ${first}`;
    return [this.#fact(this.#colors.active(">"), task, words), ...(attempt > 1 ? [] : more)];
  }

  #taskFinished({ task, outcome, durationMs, tests }: Of<"taskFinished">): string[] {
    const tested = tests === undefined ? "" : `, ${showTests(tests)}`;
    const time = showDuration(durationMs);
    switch (outcome.outcome) {
      case "succeeded":
        return [this.#fact(this.#colors.good(marks.done), task, `succeeded in ${time}${tested}`)];
      case "failed":
        return outcome.failures.map(({ message }) =>
          this.#fact(
            outcome.allowed ? this.#colors.warn(marks.failed) : this.#colors.bad(marks.failed),
            task,
            `failed${outcome.allowed ? " (which is allowed)" : ""} after ${time}${tested}: ${safeLine(message)}`,
          ),
        );
      case "cancelled":
        return [this.#fact(this.#colors.warn(marks.skipped), task, `cancelled after ${time}`)];
      default:
        return unreachable(outcome);
    }
  }

  #fact(mark: string, task: string, words: string): string {
    return `${mark} ${task} ${words}`;
  }

  #outputLine(task: string, line: string): string {
    const colored = this.#colors.bad("x") !== "x";
    return `${this.#colors.faint(`${padTo(task, this.#prefixWidth)} |`)} ${colored ? safeColoredLine(line) : safeLine(line)}`.trimEnd();
  }
}

function showPacked({ release, files, bytes, isNew, leftOut }: Of<"releasePacked">, colors: Palette): string[] {
  const what = isNew ? "is new" : "already existed";
  const line = `${colors.good(marks.done)} release ${shortDigest(release)} ${what}: ${count(files, "file")}, ${showBytes(bytes)}`;
  const doubts = leftOut?.doubts ?? [];
  return [
    line,
    ...leftOutLines(leftOut ?? {}).map((words) => `  ${words}`),
    ...doubts.map((doubt) => `${colors.warn(marks.warning)} ${doubtLine(doubt)}`),
  ];
}

function showPacking({ files, bytes, ofFiles, ofBytes }: Of<"releasePacking">, colors: Palette): string {
  const amount = `${files} of ${count(ofFiles, "file")}, ${showBytes(bytes)} of ${showBytes(ofBytes)}`;
  return `${colors.faint(marks.waiting)} packing: ${amount}`;
}

/** That secrets are in none of the files is what everybody expects; what is not known is told. */
function showScanned({ unchecked }: Of<"releaseScanned">, colors: Palette): string[] {
  return showUnchecked(unchecked).map((line) => `${colors.warn(marks.warning)} ${line}`);
}

const reasons = {
  missing: "no value here",
  unreadable: "not readable here",
  trivial: "too trivial to be a secret",
} as const;

/** What nobody looked for in the release, one line for each reason. */
function showUnchecked(unchecked: readonly UncheckedSecret[]): string[] {
  const byReason = Map.groupBy(unchecked, ({ because }) => because);
  return [...byReason].map(([because, secrets]) => {
    const names = secrets.map(({ environment, key }) => `${key} of ${environment}`);
    return `not checked for leaks, ${reasons[because]}: ${names.join(", ")}`;
  });
}
