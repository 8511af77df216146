import { setTimeout as wait } from "node:timers/promises";
import type { FailureCode } from "../../errors/codes.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { ignoredPaths } from "../../git/ignored-paths.ts";
import type { Graph } from "../../graph/graph.ts";
import { projectGraph } from "../../graph/project-graph.ts";
import { select } from "../../graph/selection/selection.ts";
import type { RunResult } from "../../run/run.ts";
import type { Say } from "../notice.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { callPipeline, type PipelineCall } from "../run/pipeline-call.ts";
import { Changes } from "./changes.ts";
import type { LiveDefinition } from "./live-definition.ts";
import { Restraint } from "./restraint.ts";
import { RunUnderWay } from "./run-under-way.ts";
import { SourceWatcher } from "./source-watcher.ts";
import { type Concern, Sources } from "./sources.ts";
import { UncachedSuccesses } from "./uncached.ts";
import { Unclaimed } from "./unclaimed.ts";

export interface SessionOptions {
  readonly ports: Ports;
  readonly definition: LiveDefinition;
  readonly call: PipelineCall;
  readonly say: Say;
  /** Called with what came of a run, or of the definition, when it is watched on after that. */
  readonly onRun: (result: Result<RunResult>) => void;
  /** Aborted when nobody listens any more, which is no interruption. */
  readonly gone: AbortSignal;
}

/** News that come so soon after a run's end are of what happened in it. Milliseconds. */
const newsDelayMs = 30;

/**
 * Runs the pipeline, again and again after changes, until the caller has enough:
 *
 *     load the definition ──▶ watch its sources ──▶ run ──▶ wait for a change ─┐
 *              ▲                                     │ superseded by a change  │
 *              └─────────────────────────────────────┴────────────────────────┘
 *
 * Sources are watched before they are read, so that no change falls between a run and the wait for the next one.
 */
export class WatchSession {
  readonly #options: SessionOptions;
  readonly #changes = new Changes();
  readonly #restraint = new Restraint();
  readonly #unclaimed = new Unclaimed();
  readonly #uncached = new UncachedSuccesses();
  /** Aborted when all is over. */
  readonly #over: AbortSignal;
  #sources: Sources;
  #watcher: SourceWatcher;
  /** Of the tasks that were asked for. */
  #graph: Graph;
  #run: RunUnderWay | undefined;
  #endedAt = 0;
  /** Aborted by a change that came while nothing ran. */
  #saved = new AbortController();
  /** Aborted by a change of what the graph is made of. */
  #reshaped = new AbortController();
  #isFirst = true;
  /** Until a run has come to its end. */
  #forces: boolean;

  private constructor(options: SessionOptions, watched: Watched) {
    this.#options = options;
    const { ports, definition, call, gone } = options;
    this.#forces = call.force ?? false;
    this.#over = AbortSignal.any([ports.signal, gone]);
    this.#sources = watched.sources;
    this.#graph = watched.graph;
    this.#watcher = new SourceWatcher({
      root: definition.folder,
      filter: this.#sources,
      onChange: (files, at) => void this.#changed(files, at),
      onPolling: (error) => options.say({ notice: "polling", code: error.code ?? error.message }),
      now: ports.now,
    });
  }

  /** Begins to watch; nothing runs yet. */
  static async begin(options: SessionOptions): Promise<WatchSession> {
    return new WatchSession(options, await watchedOf(options, options.definition.current));
  }

  /** What it came to its end with: the last run, nothing when nobody listened any more, or why it could not go on. */
  async toEnd(): Promise<Result<RunResult | undefined>> {
    try {
      for (;;) {
        const end = await this.#cycle();
        if (end !== undefined) return end;
        if (this.#changes.isEmpty) await this.#rest();
        if (!this.#over.aborted) await this.#pause();
        if (this.#over.aborted) return this.#leave();
      }
    } finally {
      this.#watcher.close();
    }
  }

  /** One definition, one run. Returns what came of it when it makes no sense to go on. */
  async #cycle(): Promise<Result<RunResult | undefined> | undefined> {
    const concerns = this.#changes.take().map((file) => this.#sources.of(file));
    const opened = await this.#open();
    if (opened === undefined) return undefined;
    if (this.#isFirst || concerns.some(({ shapesGraph }) => shapesGraph)) {
      const watched = await watchedOf(this.#options, opened);
      this.#sources = watched.sources;
      this.#graph = watched.graph;
      this.#watcher.retarget(this.#sources);
    }
    this.#uncached.forget(this.#graph, opened.ok ? opened.value.project : undefined, concerns);
    const result = opened.ok ? await this.#runOf(opened.value) : opened;
    const isWrongCall =
      result?.ok === false &&
      result.failures.some(({ code, location }) => location === undefined && wrongCall.has(code));
    if (this.#over.aborted && this.#options.ports.signal.aborted) return result;
    if (this.#isFirst && isWrongCall) return result;
    if (result !== undefined) this.#options.onRun(result);
    // A run that was cut short because nobody reads any more was not interrupted by anybody.
    if (this.#over.aborted) return this.#leave();
    this.#isFirst = false;
    return undefined;
  }

  /** `undefined` when it changed again before it was loaded. */
  async #open(): Promise<Result<OpenProject> | undefined> {
    const { definition } = this.#options;
    if (this.#isFirst) return definition.current;
    this.#reshaped = new AbortController();
    return await definition.now(AbortSignal.any([this.#over, this.#reshaped.signal]));
  }

  /** `undefined` when it was superseded. */
  async #runOf(opened: OpenProject): Promise<Result<RunResult> | undefined> {
    const { ports, say, call } = this.#options;
    const run = new RunUnderWay(this.#graph);
    const listen: Say = (said) => {
      if ("type" in said) run.note(said);
      say(said);
    };
    this.#run = run;
    try {
      const signal = AbortSignal.any([this.#over, run.signal]);
      const force = this.#forces;
      const unaffected = this.#uncached.known;
      const result = await callPipeline(ports, opened, listen, { ...call, force, unaffected, signal });
      if (result.ok) this.#uncached.keep(this.#graph, result.value);
      if (run.isSuperseded && !this.#over.aborted) return undefined;
      this.#forces = false;
      return result;
    } finally {
      this.#run = undefined;
      this.#endedAt = ports.now();
    }
  }

  async #rest(): Promise<void> {
    const { files, folders, isPolling } = this.#watcher;
    this.#options.say({ type: "watchWaiting", files, folders, polling: isPolling });
    await this.#changes.arrive(this.#over);
  }

  /** What was found while a run was under way is counted before the next one begins. */
  async #pause(): Promise<void> {
    this.#restraint.ended();
    this.#saved = new AbortController();
    const { suspect, pauseMs } = this.#restraint;
    if (suspect === undefined) return;
    this.#options.say({ notice: "suspect", file: suspect, pauseMs });
    // A person who saves while nothing runs need not wait.
    const signal = AbortSignal.any([this.#over, this.#saved.signal]);
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }

  async #changed(files: readonly string[], at: number): Promise<void> {
    const concerns = new Map(files.map((file) => [file, this.#sources.of(file)]));
    const isInRun = this.#run !== undefined || at <= this.#endedAt + newsDelayMs;
    const claimed = files.filter((file) => isClaimed(concerns.get(file)!));
    if (claimed.length > 0) this.#take(claimed, [...concerns.values()], isInRun);
    const others = files.filter((file) => !claimed.includes(file));
    const { ports, definition, say } = this.#options;
    // Where git does not answer, all of them count.
    const asked = await ignoredPaths(definition.folder, others, ports.env);
    const seen = asked.ok ? others.filter((file) => !asked.ignored.has(file)) : others;
    const wanted = this.#unclaimed.changed(seen, isInRun);
    if (wanted.muted !== undefined) say({ notice: "unclaimed", file: wanted.muted });
    if (wanted.files.length > 0) this.#take(wanted.files, [], isInRun);
  }

  #take(files: readonly string[], concerns: readonly Concern[], isInRun: boolean): void {
    const mayCancel = !isInRun || this.#restraint.changed(files);
    const run = this.#run;
    const cancels = mayCancel && run !== undefined && !run.isSuperseded && run.isTouchedBy(concerns);
    const superseded = cancels && run.run !== undefined ? { supersedes: run.run } : {};
    this.#options.say({ type: "watchChanged", files, ...superseded });
    this.#changes.add(files);
    if (!isInRun) this.#saved.abort();
    if (concerns.some(({ shapesGraph }) => shapesGraph)) this.#reshaped.abort();
    if (cancels) run.supersede();
  }

  #leave(): Result<undefined> {
    return this.#options.ports.signal.aborted ? failed(interrupted) : ok(undefined);
  }
}

/** What no save can mend. */
const wrongCall = new Set<FailureCode>(["unknown-task", "unknown-package"]);

const interrupted: Failure = { code: "interrupted", message: "Stopped watching; nothing is left running" };

function isClaimed({ readers, shapesGraph }: Concern): boolean {
  return readers.length > 0 || shapesGraph;
}

/** What is watched, and for which tasks. */
interface Watched {
  readonly sources: Sources;
  readonly graph: Graph;
}

async function watchedOf({ definition, call }: SessionOptions, opened: Result<OpenProject>): Promise<Watched> {
  const project = opened.ok ? opened.value.project : undefined;
  const built = project === undefined ? undefined : await projectGraph(project, definition.folder);
  const graph: Graph = built?.graph ?? new Map();
  const selected = select(graph, built?.packages ?? [], { names: call.tasks ?? [], filters: call.filters ?? [] });
  const tasks = selected.ok ? selected.value.tasks : graph;
  const hasPackages = project?.packages !== undefined;
  const sources = new Sources({ graph, selected: tasks, definition: definition.sources, hasPackages });
  return { sources, graph: tasks };
}
