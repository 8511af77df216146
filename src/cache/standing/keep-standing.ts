import type { Task } from "../../definition/types.ts";
import type { Emit, Event } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { Looks } from "../../files/looks.ts";
import type { PipelinePaths } from "../../files/state-folder.ts";
import type { Graph, GraphTask } from "../../graph/graph.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import type { ProjectKey } from "../../secrets/project-key.ts";
import type { ResultCache } from "../entries/result-cache.ts";
import { listOutputs } from "../outputs/list-outputs.ts";
import type { RunRecord } from "../runs/run-record.ts";
import { circumstancesOf } from "./circumstances.ts";
import { type Facts, joinFacts, quietFacts } from "./facts.ts";
import { type TaskOutputs, writeStanding } from "./standing-file.ts";

/** Asks a run to keep what it takes to tell the same again without deciding anew. */
export interface StandingRequest {
  /** The files that the definition is made of: all that it depends on. Absolute. */
  readonly sources: readonly string[];
  /** The definition, absolute, without symbolic links. */
  readonly definition: string;
  /** Version of Tidegate and of Node. */
  readonly madeBy: string;
  /** Before anything was looked at; milliseconds since 1970. */
  readonly since: number;
}

export interface FinishedRun {
  readonly projectFolder: string;
  readonly paths: PipelinePaths;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly graph: Graph;
  readonly cache: ResultCache;
  readonly key: ProjectKey;
  readonly cacheKey: CacheKey;
  readonly record: RunRecord;
}

/** Whatever else a task has may depend on more than the disk and the environment: the branch, the date, the last run. */
const understood: ReadonlySet<string> = new Set<keyof Task>([
  ..."kind run needs inputs localInputs outputs env stage timeout retry cache allowFailure always concurrency".split(
    " ",
  ),
  ..."reports confine network".split(" "),
] as (keyof Task)[]);

const told: ReadonlySet<Event["type"]> = new Set<Event["type"]>(["runStarted", "taskHit", "runFinished"]);

/** Watches a run for whether it will stand: what it looks at, and what it says. */
export class StandingWatch {
  readonly looks = new Looks();
  readonly #request: StandingRequest;
  #events: Event[] | undefined = [];

  constructor(request: StandingRequest) {
    this.#request = request;
  }

  watch(emit: Emit): Emit {
    return (event) => {
      this.#note(event);
      emit(event);
    };
  }

  /** Call at the end. Keeps nothing unless the run was nothing but hits, and what they were decided by certain to be still so. */
  keep(run: FinishedRun): void {
    const isWhole = run.record.outcome === "succeeded" && run.record.asked.length === 0 && !run.record.force;
    const tasks = [...run.graph.values()];
    if (this.#events === undefined || !isWhole || !tasks.every(({ task }) => isUnderstood(task))) return;
    for (const source of this.#request.sources) this.looks.add(source);
    for (const { name } of tasks) {
      const { fingerprint } = run.record.tasks[name] ?? {};
      if (fingerprint === undefined) return;
      this.looks.add(run.cache.placeOf(fingerprint));
    }
    this.#write(run, this.#events);
  }

  #note(event: Event): void {
    if (!told.has(event.type)) this.#events = undefined;
    this.#events?.push(event.type === "taskHit" ? { ...event, restored: 0 } : event);
  }

  #write(run: FinishedRun, events: readonly Event[]): void {
    const { projectFolder, environment, paths, key, cacheKey, record } = run;
    const { madeBy, definition, since } = this.#request;
    const { places: own, followed, absent } = this.looks;
    const decided = quietFacts(projectFolder, { own, followed, absent }, since);
    if (decided === undefined) return;
    const written = [...run.graph.values()].map((task) => outputsOf(projectFolder, task, since));
    const variables = [...new Set([...run.graph.values()].flatMap(({ task }) => task.env ?? []))].sort();
    const circumstances = circumstancesOf({ madeBy, projectFolder, definition, environment, variables }, () => key);
    const texts = { events: JSON.stringify(events), tasks: JSON.stringify(withoutRestored(record.tasks)) };
    const facts = joinFacts(
      decided,
      written.map((each) => each.facts).filter((each) => each !== undefined),
    );
    const outputs = written.map((each) => each.outputs);
    try {
      writeStanding(paths.standing, cacheKey, { circumstances, variables, ...texts, facts, outputs });
    } catch (error) {
      // It is only a shortcut.
      if (fileFailure(error) === undefined) throw error;
    }
  }
}

interface Written {
  /** Absent when they had just been written. */
  readonly facts: Facts | undefined;
  readonly outputs: TaskOutputs;
}

function outputsOf(projectFolder: string, { name, patterns: { outputs } }: GraphTask, since: number): Written {
  const looks = new Looks();
  listOutputs(projectFolder, outputs, looks);
  const facts = quietFacts(projectFolder, { own: looks.places }, since);
  const isPlain = outputs.every(({ pattern }) => pattern.kind !== "glob");
  const bases = isPlain && { bases: outputs.map(({ pattern }) => pattern.base) };
  const areSettled = facts !== undefined;
  return { facts, outputs: { task: name, count: facts?.paths.length ?? 0, areSettled, ...bases } };
}

function withoutRestored(tasks: RunRecord["tasks"]): RunRecord["tasks"] {
  const all = Object.entries(tasks).map(([name, record]) => {
    const { result } = record;
    return [name, result.result === "hit" ? { ...record, result: { ...result, restored: 0 } } : record];
  });
  return Object.fromEntries(all);
}

function isUnderstood(task: Task): boolean {
  return Object.entries(task).every(([key, value]) => value === undefined || understood.has(key));
}
