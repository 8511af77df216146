import type { Event, PipelineEvent } from "../../events/event.ts";
import { DeploymentView } from "./deployment-view.ts";
import { deploymentRows, leftDeploymentRows } from "./live-deployment.ts";
import { runRows } from "./live-run.ts";
import type { Palette } from "./palette.ts";
import { DeploymentNotes } from "./plain-deployment.ts";
import { RunNotes } from "./plain-run.ts";
import type { HumanOptions } from "./renderer.ts";
import { paint, type Row } from "./row.ts";
import { RunView } from "./run-view.ts";
import { summaryLines } from "./summary.ts";

/** What is going on now, and what has ended and is printed for good. Knows no terminal. */
export class LiveModel {
  readonly #colors: Palette;
  readonly #options: HumanOptions;
  readonly #runNotes: RunNotes;
  readonly #notes: DeploymentNotes;
  /** The deployment under way in each environment. */
  readonly #deployments = new Map<string, DeploymentView>();
  #run: RunView | undefined;

  constructor(colors: Palette, options: HumanOptions) {
    this.#colors = colors;
    this.#options = options;
    this.#runNotes = new RunNotes(colors, options);
    this.#notes = new DeploymentNotes(colors);
  }

  /** Whether nothing is going on. */
  get isIdle(): boolean {
    return this.#run === undefined && this.#deployments.size === 0;
  }

  /** Takes a fact in; returns the lines to print for good. */
  apply(event: Event, now: number): readonly string[] {
    if (event.type === "runStarted") this.#run = new RunView(event, now);
    else if (isOfRun(event)) return this.#applyToRun(event, now);
    else if (event.type === "releasePacked" || event.type === "releasePacking" || event.type === "releaseScanned")
      return this.#runNotes.linesOf(event);
    else return this.#applyToDeployment(event, now);
    return [];
  }

  /** What goes on, in at most `height` lines. */
  lines(now: number, width: number, height: number): string[] {
    const views = [...this.#deployments.values()];
    const share = Math.max(3, Math.floor(height / (views.length + (this.#run === undefined ? 0 : 1))));
    const rows: Row[] = [
      ...(this.#run === undefined ? [] : runRows(this.#run, now, share)),
      ...views.flatMap((view) => deploymentRows(view, now, share)),
    ];
    return rows.slice(0, height).map((row) => paint(row, this.#colors, width));
  }

  /** The lines to print for good of deployments that go on when nobody watches any more. */
  leave(now: number): string[] {
    const left = [...this.#deployments];
    this.#deployments.clear();
    return left.flatMap(([environment, view]) => [
      ...leftDeploymentRows(view, now).map((row) => paint(row, this.#colors)),
      `${environment}: the deployment goes on. See where it stands: tidegate status ${environment}`,
    ]);
  }

  #applyToRun(event: PipelineEvent, now: number): readonly string[] {
    const run = this.#run;
    run?.apply(event, now);
    if (run === undefined || event.type !== "runFinished") return [];
    this.#run = undefined;
    return summaryLines(run, this.#colors, this.#options);
  }

  #applyToDeployment(event: Event, now: number): readonly string[] {
    const lines = this.#notes.linesOf(event);
    if (event.type === "deploymentStarted") {
      this.#deployments.set(event.environment, new DeploymentView(event, now));
      return [];
    }
    const view = "environment" in event ? this.#deployments.get(event.environment) : undefined;
    if (view === undefined) return lines;
    view.apply(event, now);
    if (event.type !== "deploymentFinished") return [];
    this.#deployments.delete(event.environment);
    return [...leftDeploymentRows(view, now).map((row) => paint(row, this.#colors)), ...lines];
  }
}

function isOfRun(event: Event): event is PipelineEvent {
  return "task" in event || event.type === "runStarted" || event.type === "runFinished";
}
