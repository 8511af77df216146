import type { ComparisonFigures } from "../../events/deployment-events.ts";
import type { DeploymentOutcome, Direction, Event, StepSummary } from "../../events/event.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;
type InstanceWord = "starting" | "healthy" | "lost" | "stopped";

export interface StepView {
  readonly summary: StepSummary;
  state:
    | { readonly state: "waiting" }
    | { readonly state: "running"; readonly since: number }
    | { readonly state: "done"; readonly durationMs: number }
    | { readonly state: "failed"; readonly message: string };
}

/** What is known of a deployment so far: the fold of its events. */
export class DeploymentView {
  readonly start: Of<"deploymentStarted">;
  readonly startedAt: number;
  readonly steps: Readonly<Record<Direction, StepView[]>>;
  readonly instances = new Map<string, { word: InstanceWord; address?: string }>();
  traffic: Of<"trafficSwitched">["to"] | undefined;
  /** How the new release fares beside the one that serves. */
  figures: ComparisonFigures | undefined;
  /** Why it goes back. */
  revertCauses: readonly string[] = [];
  lastLine = "";
  outcome?: DeploymentOutcome;

  constructor(start: Of<"deploymentStarted">, at: number) {
    this.start = start;
    this.startedAt = at;
    this.steps = { forward: start.steps.map(waiting), revert: [] };
  }

  get revertedSteps(): number {
    return this.steps.revert.filter((step) => step.state.state === "done").length;
  }

  apply(event: Event, at: number): void {
    switch (event.type) {
      case "stepStarted":
        this.#begin(event, at);
        return;
      case "stepFinished":
        this.#settle(event, { state: "done", durationMs: event.durationMs });
        return;
      case "stepFailed":
        this.#settle(event, { state: "failed", message: event.failures[0]?.message ?? "" });
        return;
      case "revertStarted":
        this.#turnBack(event);
        return;
      case "jobOutput":
        this.lastLine = event.text.split("\n").findLast((line) => line.trim() !== "") ?? this.lastLine;
        return;
      case "trafficSwitched":
        this.traffic = event.to;
        return;
      case "releasesCompared":
      case "verdictGiven":
        this.figures = event.figures ?? this.figures;
        return;
      case "deploymentFinished":
        this.outcome = event.outcome;
        return;
      default:
        this.#instance(event);
    }
  }

  #begin({ direction, step, summary }: Of<"stepStarted">, since: number): void {
    const steps = this.steps[direction];
    // Whoever joined late has not heard of the steps before.
    while (steps.length < step) steps.push(waiting(summary));
    steps[step] = { summary, state: { state: "running", since } };
  }

  #turnBack({ failures, steps }: Of<"revertStarted">): void {
    this.revertCauses = failures.map((failure) => failure.message);
    this.steps.revert.push(...steps.map(waiting));
    // An instance that was lost, or a request to stop, ends a step that has not failed itself.
    for (const step of this.steps.forward) {
      if (step.state.state === "running") step.state = { state: "failed", message: "left unfinished" };
    }
  }

  #settle(event: Of<"stepFinished"> | Of<"stepFailed">, state: StepView["state"]): void {
    const step = this.steps[event.direction][event.step];
    if (step !== undefined) step.state = state;
  }

  #instance(event: Event): void {
    if (!("instance" in event)) return;
    const known = this.instances.get(event.instance) ?? { word: "starting" as InstanceWord };
    if (event.type === "instanceStarted") known.address = event.address;
    known.word = instanceWords[event.type];
    this.instances.set(event.instance, known);
  }
}

const instanceWords = {
  instanceStarted: "starting",
  instanceHealthy: "healthy",
  instanceLost: "lost",
  instanceStopped: "stopped",
} as const;

function waiting(summary: StepSummary): StepView {
  return { summary, state: { state: "waiting" } };
}
