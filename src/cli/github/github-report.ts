import { randomBytes } from "node:crypto";
import { appendFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import type { DigestedFailure, Event, TaskOutcome } from "../../events/event.ts";
import type { Context } from "../context.ts";
import { safeLine } from "../render/safe-text.ts";
import { commandProperty, commandText, markdownBlock, markdownText } from "./escape.ts";

/** GitHub takes no more of a step's summary: it would show none of it. */
const mostBytes = 1_000_000;
/** GitHub shows ten of a kind for a step; some more are of use in the log. */
const mostAnnotations = 50;

interface TaskRow {
  readonly result: string;
  readonly durationMs?: number;
}

interface Annotation {
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

type Surroundings = Pick<Context, "env" | "stderr" | "cwd">;

/**
 * What a step of GitHub Actions gets besides the log: groups, annotations, and a summary. From `begin` to `end` the runner
 * takes no commands from what is written: tasks and services can say `::set-output …` without anybody's obeying. Everything
 * that it is told was redacted already.
 */
export class GithubReport {
  readonly #around: Surroundings;
  /** Ends the silence: nobody can guess it. Another one each time. */
  #token = "";
  readonly #tasks = new Map<string, TaskRow>();
  readonly #digests: DigestedFailure[] = [];
  readonly #deployments: string[] = [];
  readonly #failures: Failure[] = [];
  #run: Extract<Event, { type: "runFinished" }> | undefined;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  begin(): void {
    this.#around.stderr.verbatim(`${this.#silence()}\n`);
  }

  /** The group is closed in the same text that opens it; what stands in it commands nothing. */
  group(title: string, lines: readonly string[]): string {
    const open = [this.#speech(), `::group::${commandText(safeLine(title))}`, this.#silence()];
    return [...open, ...lines, this.#speech(), "::endgroup::", this.#silence()].join("\n");
  }

  #silence(): string {
    this.#token = randomBytes(16).toString("hex");
    return `::stop-commands::${this.#token}`;
  }

  #speech(): string {
    return `::${this.#token}::`;
  }

  event(event: Event): void {
    switch (event.type) {
      case "taskHit":
        this.#tasks.set(event.task, { result: "cached" });
        break;
      case "taskFinished":
        this.#tasks.set(event.task, { result: resultOf(event.outcome), durationMs: event.durationMs });
        break;
      case "taskSkipped":
        this.#tasks.set(event.task, { result: "skipped" });
        break;
      case "runDigest":
        this.#digests.push(...event.failures);
        break;
      case "runFinished":
        this.#run = event;
        break;
      case "deploymentFinished":
        this.#deployments.push(
          `- **${markdownText(event.environment)}**: deployment ${event.deployment} ${markdownText(event.outcome)} after ${seconds(event.durationMs)}`,
        );
        this.failures(event.failures);
    }
  }

  failures(failures: readonly Failure[]): void {
    this.#failures.push(...failures);
  }

  /** Writes what was found. A summary that cannot be written changes nothing of how it went. */
  end(verb: string, code: number): void {
    const { stderr, env } = this.#around;
    const commands = this.#annotations()
      .slice(0, mostAnnotations)
      .map((one) => `${this.#command(one)}\n`);
    stderr.verbatim(`${this.#speech()}\n${commands.join("")}`);
    const file = env.GITHUB_STEP_SUMMARY;
    if (file === undefined || file === "" || !summarised.has(verb)) return;
    try {
      const before = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      appendFileSync(file, bounded(`${this.#summary(verb, code)}\n`, mostBytes - before));
    } catch {
      // The log has all of it.
    }
  }

  #annotations(): Annotation[] {
    const all = [...this.#digests.flatMap(digestAnnotations), ...this.#located()];
    const keys = new Set<string>();
    return all.filter((one) => {
      const key = `${one.file}:${one.line} ${one.message}`;
      const isNew = !keys.has(key);
      keys.add(key);
      return isNew;
    });
  }

  /** What has a place, and what no task's digest tells. */
  #located(): Annotation[] {
    const told = new Set(this.#digests.map(({ message }) => message));
    return this.#failures.flatMap(({ code, message, hint, location }) => {
      if (told.has(message)) return [];
      const text = hint === undefined ? message : `${message}\n${hint}`;
      if (location === undefined) return [{ title: code, message: text }];
      const { file, line, column } = location;
      return [{ title: code, message: text, file, line, column }];
    });
  }

  #command({ title, message, file, line, column }: Annotation): string {
    const properties = [
      ...(file === undefined ? [] : [`file=${commandProperty(this.#shown(file))}`]),
      ...(line === undefined ? [] : [`line=${line}`]),
      ...(column === undefined ? [] : [`col=${column}`]),
      `title=${commandProperty(title)}`,
    ];
    return `::error ${properties.join(",")}::${commandText(message)}`;
  }

  /** As the runner knows files: relative to the repository. Reports name them relative to the project. */
  #shown(file: string): string {
    const { env, cwd } = this.#around;
    const path = relative(env.GITHUB_WORKSPACE ?? cwd, isAbsolute(file) ? file : join(cwd, file));
    return path.startsWith("..") ? file : path;
  }

  #summary(verb: string, code: number): string {
    const title = `## Tidegate ${verb}: ${code === 0 ? "done" : `failed (exit code ${code})`}`;
    const rows = [...this.#tasks].map(
      ([name, { result, durationMs }]) =>
        `| ${markdownText(name)} | ${result} | ${durationMs === undefined ? "" : seconds(durationMs)} |`,
    );
    const run = this.#run;
    const table =
      run === undefined && rows.length === 0
        ? []
        : [
            `Run ${markdownText(run?.run ?? "")} ${run?.outcome ?? ""}${run === undefined ? "" : ` in ${seconds(run.durationMs)}`}`,
            ["| task | result | time |", "|---|---|---|", ...rows].join("\n"),
          ];
    const deployments = this.#deployments.length === 0 ? [] : [this.#deployments.join("\n")];
    const told = new Set(this.#digests.map(({ message }) => message));
    const others = this.#failures.filter(({ message }) => !told.has(message));
    // What failed comes first: a summary that is too long loses its end.
    const failed = [...this.#digests.map(digestSection), ...others.map((failure) => this.#section(failure))];
    return [title, ...failed, ...deployments, ...table].join("\n\n");
  }

  #section({ code, message, location, cause, hint }: Failure): string {
    const place = location === undefined ? [] : [markdownText(`${this.#shown(location.file)}:${location.line}`)];
    return [
      `### ${markdownText(message)} (${code})`,
      ...place,
      ...(cause === undefined ? [] : [markdownBlock(cause.split("\n"))]),
      ...(hint === undefined ? [] : [markdownBlock(hint.split("\n"))]),
    ].join("\n\n");
  }
}

/** Verbs whose outcome a step's summary tells. */
const summarised = new Set(["run", "check", "ship"]);

function digestAnnotations({ task, message, tests, lines }: DigestedFailure): Annotation[] {
  if (tests.length === 0) return [{ title: task, message: [message, ...lines].join("\n") }];
  return tests.map(({ name, message: because, file, line }) => ({
    title: name,
    message: because === "" ? name : because,
    ...(file !== undefined && { file, ...(line !== undefined && { line }) }),
  }));
}

function digestSection({ message, tests, testsLeft, lines, hint, log }: DigestedFailure): string {
  const failing = tests.map(({ name, message: because }) => `- ${markdownText(name)}: ${markdownText(because)}`);
  const more = testsLeft > 0 ? [`- and ${testsLeft} more`] : [];
  return [
    `### ${markdownText(message)}`,
    ...(failing.length === 0 ? [] : [[...failing, ...more].join("\n")]),
    ...(lines.length === 0 ? [] : [markdownBlock(lines)]),
    ...(hint === undefined ? [] : [markdownBlock([hint])]),
    ...(log === undefined ? [] : [markdownBlock([log])]),
  ].join("\n\n");
}

function resultOf(outcome: TaskOutcome): string {
  if (outcome.outcome !== "failed") return outcome.outcome;
  return outcome.allowed ? "failed, which is allowed" : "**failed**";
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

const cutNote = "\n\n… The rest is left out: a step's summary has room for 1 MB.\n";

/** Cut at a line, so that nothing is half there. */
function bounded(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const room = bytes - Buffer.byteLength(cutNote);
  if (room <= 0) return "";
  const part = Buffer.from(text).subarray(0, room).toString();
  return part.slice(0, Math.max(0, part.lastIndexOf("\n"))) + cutNote;
}
