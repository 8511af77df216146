import type { Failure } from "../../errors/failure.ts";
import { count, shortDigest, showDuration } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import type { Direction, Event } from "../../events/event.ts";
import { DeploymentView } from "./deployment-view.ts";
import { marks } from "./marks.ts";
import type { Palette } from "./palette.ts";
import { safeLine } from "./safe-text.ts";
import {
  showAnswer,
  showDeployment,
  showFigures,
  showOutcome,
  showStep,
  showStopped,
  showTraffic,
  showUnserved,
  showVerdict,
} from "./words/deployment.ts";
import { showAcknowledged, showApproval, showOverride } from "./words/gates.ts";
import { showBeginning, showCreated, showEnd, showMoment, showRun } from "./words/made.ts";
import { showRehearsal, showRehearsed, showStage } from "./words/rehearsal.ts";
import { isBad, showResource } from "./words/resources.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** The lines that deployment and environment events make, each behind its environment. */
export class DeploymentNotes {
  readonly #colors: Palette;
  /** The deployment under way in each environment. */
  readonly #views = new Map<string, DeploymentView>();

  constructor(colors: Palette) {
    this.#colors = colors;
  }

  linesOf(event: Event): string[] {
    if (event.type === "gatewayStarted")
      return [`${this.#colors.good(marks.done)} gateway listens on ${safeLine(event.address)}`];
    if (event.type === "gatewayLost") {
      return [`${this.#colors.bad(marks.failed)} gateway lost, restart in ${showDuration(event.restartInMs)}`];
    }
    if (event.type === "releaseRefused")
      return [
        `${this.#colors.bad(marks.failed)} ${shortDigest(event.release)} is refused from now on: ${safeLine(event.reason)}`,
      ];
    if (event.type === "releaseCleared")
      return [`${this.#colors.good(marks.done)} ${shortDigest(event.release)} may be deployed again`];
    if (event.type === "secretsChanged") return [showSecrets(event)];
    if (!("environment" in event)) return [];
    if (event.type === "deploymentStarted") this.#views.set(event.environment, new DeploymentView(event, 0));
    else this.#views.get(event.environment)?.apply(event, 0);
    if (event.type === "deploymentFinished") return this.#finished(event);
    return this.#about(event).map((line) => `${event.environment} | ${line}`);
  }

  #about(event: Exclude<Extract<Event, { environment: string }>, Of<"deploymentFinished">>): string[] {
    const { good, bad, warn, active } = this.#colors;
    switch (event.type) {
      case "deploymentQueued":
        return [`${marks.waiting} ${shortDigest(event.release)} waits behind ${count(event.behind, "deployment")}`];
      case "deploymentStarted":
        return [
          showDeployment(event),
          ...event.steps.map((step, index) => `  ${index + 1}. ${showStep(step)}`),
          ...(event.unserved === undefined
            ? []
            : [`  ${warn(marks.warning)} ${showUnserved(event.strategy, event.unserved)}`]),
        ];
      case "gateOverridden":
        return [`${warn(marks.warning)} ${showOverride(event)}`];
      case "approvalAwaited":
        return [`${marks.waiting} ${showApproval(event)}`];
      case "approvalGiven":
        return [`${good(marks.done)} ${showApproval(event)}`];
      case "approvalRejected":
      case "approvalLapsed":
        return [`${bad(marks.failed)} ${showApproval(event)}`];
      case "overrideAcknowledged":
        return [`${good(marks.done)} ${showAcknowledged(event)}`];
      case "deploymentResumed":
        return [`${active(">")} deployment ${event.deployment} continues at step ${event.step + 1}`];
      case "deploymentPaused":
        return [`${marks.waiting} deployment ${event.deployment} is paused at step ${event.step + 1}`];
      case "deploymentContinued":
        return [
          `${active(">")} deployment ${event.deployment} ${event.promoted ? "was promoted" : "goes on"}${event.reason === undefined ? "" : `: ${safeLine(event.reason)}`}`,
        ];
      case "verdictGiven":
        return [`${event.verdict === "regression" ? bad(marks.failed) : marks.waiting} ${showVerdict(event)}`];
      case "releasesCompared":
        return [`  ${showFigures(event.figures)}`];
      case "gateAnswered":
        return [`${event.granted ? good(marks.done) : bad(marks.failed)} ${showAnswer(event)}`];
      case "stepStarted":
        return [`${active(">")} ${this.#step(event)}: ${showStep(event.summary)}`];
      case "stepFinished":
        return [`${good(marks.done)} ${this.#step(event)} done in ${showDuration(event.durationMs)}${showLeft(event)}`];
      case "stepFailed":
        return [`${bad(marks.failed)} ${this.#step(event)} failed: ${messages(event.failures)}`];
      case "revertStarted":
        return [
          `${warn(marks.revert)} going back because: ${messages(event.failures)}`,
          ...event.steps.map((step, index) => `  ${index + 1}. ${showStep(step)}`),
        ];
      case "jobOutput":
        return event.text.split("\n").map((line) => `  ${safeLine(event.job)} | ${safeLine(line)}`.trimEnd());
      case "instanceStarted":
        return [`  ${safeLine(event.instance)} started at ${safeLine(event.address)}`];
      case "instanceHealthy":
        return [`  ${safeLine(event.instance)} healthy after ${showDuration(event.afterMs)}`];
      case "instanceLost":
        return [
          `${bad(marks.failed)} ${safeLine(event.instance)} lost, restart in ${showDuration(event.restartInMs)}: ${messages(event.failures)}`,
        ];
      case "instanceStopped":
        return [`  ${safeLine(event.instance)} ${showStopped(event.how)}`];
      case "trafficSwitched":
        return [`${good(marks.arrow)} traffic goes to ${showTraffic(event.to)}`];
      case "environmentStarted":
        return [`${active(">")} what was deployed should run`];
      case "environmentStopped":
        return [`${marks.skipped} stopped`];
      case "environmentDestroyed":
        return [`${marks.skipped} destroyed, with its data`];
      case "driftFound":
        return [`${warn(marks.warning)} drift: ${event.subjects.map(safeLine).join(", ")}`];
      case "driftGone":
        return [`${good(marks.done)} no drift any more`];
      case "driftMended":
        return [`${good(marks.done)} brought back: ${event.subjects.map(safeLine).join(", ")}`];
      case "resourceProgress":
        return [`${active(">")} ${showResource(event)}`];
      case "snapshotPredates":
        return [`${warn(marks.warning)} ${showResource(event)}`];
      case "resourceCreated":
      case "resourceDestroyed":
      case "snapshotMade":
      case "snapshotRemoved":
      case "snapshotRehearsed":
      case "resourceRestored":
      case "backupFailed":
        return [`${isBad(event) ? bad(marks.failed) : good(marks.done)} ${showResource(event)}`];
      case "environmentCreated":
        return [`${good(marks.done)} ${showCreated(event)}`];
      case "previewProlonged":
        return [`${good(marks.done)} already existed; now it ends on ${showMoment(event.endsAt)}`];
      case "previewEnded":
        return [`${marks.skipped} ${showEnd(event)}`];
      case "rehearsalStarted":
        return showRehearsal(event).map((line, index) => (index === 0 ? `${active(">")} ${line}` : line));
      case "rehearsalReached":
        return [`${active(">")} ${showStage(event)}`];
      case "rehearsalFinished":
        return [`${event.outcome === "passed" ? good(marks.done) : bad(marks.failed)} ${showRehearsed(event)}`];
      case "commandBegun":
        return [`${marks.arrow} ${showBeginning(event)}`];
      case "commandRun":
        return [`${marks.arrow} ${showRun(event)}`];
      case "abortRequested":
        return [`${warn(marks.revert)} deployment ${event.deployment} is being reverted`];
      default:
        return unreachable(event);
    }
  }

  #step({ environment, direction, step }: { environment: string; direction: Direction; step: number }): string {
    const total = this.#views.get(environment)?.steps[direction].length;
    return `${direction === "revert" ? "revert step" : "step"} ${step + 1}${total === undefined ? "" : `/${total}`}`;
  }

  #finished(event: Of<"deploymentFinished">): string[] {
    const reverted = this.#views.get(event.environment)?.revertedSteps ?? 0;
    this.#views.delete(event.environment);
    const mark = event.outcome === "deployed" ? this.#colors.good(marks.done) : this.#colors.bad(marks.failed);
    return [`${mark} ${showOutcome(event, reverted)}`];
  }
}

function showSecrets({ place, keys }: Of<"secretsChanged">): string {
  const what = keys.length === 0 ? "were encrypted again" : `changed: ${keys.map(safeLine).join(", ")}`;
  return `secrets of ${safeLine(place)} ${what}`;
}

function showLeft({ left }: Of<"stepFinished">): string {
  return left === undefined ? "" : `, with ${count(left, "request")} still in progress`;
}

function messages(failures: readonly Failure[]): string {
  return failures.map((failure) => safeLine(failure.message)).join("; ");
}
