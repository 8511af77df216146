import type { Actor } from "./actor.ts";
import type { Event } from "./event.ts";

/**
 * An event with where it stands: stamped once, where it happened, and passed on as it is. `--json` prints one a line.
 *
 * `seq` grows by the order in which things happened. Of deployments and environments it counts over the whole project and
 * is kept with it: whoever has seen a number asks for what came after it. Of a run it counts within the call that runs it.
 */
export interface Envelope<E extends Event = Event> {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The project's name. */
  readonly project: string;
  readonly subject: Subject;
  /** Who asked for it; absent when nobody did (an instance that ended by itself), or it is not known. */
  readonly by?: Actor;
  readonly event: E;
}

/** What an event is about. A deployment's name is its number, a release's its digest. */
export type Subject =
  | { readonly kind: "run"; readonly name: string }
  | { readonly kind: "task"; readonly name: string; readonly run: string }
  | { readonly kind: "release"; readonly name: string }
  | { readonly kind: "deployment"; readonly name: string; readonly environment: string }
  | { readonly kind: "environment"; readonly name: string };

/** Takes envelopes as they come. Never throws, never waits. */
export type Tell = (envelope: Envelope) => void;

/** What an event is about; `run`: the run under way, for events that do not name theirs. */
export function subjectOf(event: Event, run = ""): Subject {
  if ("task" in event) return { kind: "task", name: event.task, run };
  if ("deployment" in event)
    return { kind: "deployment", name: String(event.deployment), environment: event.environment };
  if ("environment" in event) return { kind: "environment", name: event.environment };
  if ("place" in event) return { kind: "environment", name: event.place };
  if ("release" in event) return { kind: "release", name: event.release };
  return { kind: "run", name: "run" in event ? event.run : run };
}

/** Stamps the events of one call of the program, in which at most one run is under way at a time. */
export class Stamp {
  readonly #by: Actor | undefined;
  readonly #now: () => number;
  #seq = 0;
  #run = "";
  #project: string;

  /** `project`: until the first run says of which it is. */
  constructor(now: () => number, by?: Actor, project = "") {
    this.#now = now;
    this.#by = by;
    this.#project = project;
  }

  stamp<E extends Event>(event: E): Envelope<E> {
    if (event.type === "runStarted") {
      this.#project = event.project;
      this.#run = event.run;
    }
    this.#seq += 1;
    return {
      seq: this.#seq,
      at: this.#now(),
      project: this.#project,
      subject: subjectOf(event, this.#run),
      ...(this.#by === undefined ? {} : { by: this.#by }),
      event,
    };
  }
}
