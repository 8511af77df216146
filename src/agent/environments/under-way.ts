import type { DeploymentSpec } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { isMisshared } from "../../rollout/analysis/comparison.ts";
import type { Controller } from "../../rollout/controller.ts";
import { type Ended, isBaking, isHeld, type RolloutState } from "../../rollout/rollout-state.ts";

/**
 * `baking`: the release has all requests, what served before is kept for a while. `held`: a person decides; `misshared`: a
 * person does, because the requests are not shared out as they should be.
 */
export type Rest = "baking" | "held" | "misshared";

/** A release on its way in, or out again. */
export interface Arriving {
  readonly release: string;
  /** Whether it is another one than served before. */
  readonly isNew: boolean;
  readonly ended: Promise<Result<Ended>>;
}

/** What somebody says to the deployment under way. */
export interface Steering {
  readonly what: "pause" | "resume" | "promote";
  readonly reason?: string;
  /** Of which step it is said; absent: of the one that it stands at. */
  readonly of?: { readonly deployment: number; readonly step: number };
}

interface Driven {
  readonly deployment: number;
  readonly kind: DeploymentSpec["kind"];
  readonly controller: Controller;
  readonly ended: Promise<Result<Ended>>;
  /** Whether somebody waits for the environment: then it does not rest. */
  readonly isAwaited: () => boolean;
  readonly onRest: ((rest: Rest) => void) | undefined;
}

/** A deployment that is being driven: where it stands, and what can be said to it. */
export class UnderWay {
  readonly deployment: number;
  readonly controller: Controller;
  readonly ended: Promise<Result<Ended>>;
  readonly #driven: Driven;
  #state: RolloutState | undefined;

  constructor(driven: Driven) {
    this.#driven = driven;
    this.deployment = driven.deployment;
    this.controller = driven.controller;
    this.ended = driven.ended;
  }

  /** `undefined`: it has not begun, or is not driven again yet. */
  get state(): RolloutState | undefined {
    return this.#state;
  }

  get isResting(): boolean {
    return this.#state !== undefined && (isBaking(this.#state) || isHeld(this.#state));
  }

  get isPaused(): boolean {
    return this.#state?.phase === "forward" && this.#state.isPaused;
  }

  /** The release that is being brought, or taken out again; not that of a rollback. */
  get arriving(): Arriving | undefined {
    const { kind, ended } = this.#driven;
    if (this.#state === undefined || (kind !== "deploy" && kind !== "promote")) return undefined;
    const { release, before } = this.#state.plan;
    return { release, isNew: !before.members.some((member) => member.release === release), ended };
  }

  /** It stands somewhere else. */
  moved(state: RolloutState): void {
    const { isAwaited, onRest } = this.#driven;
    this.#state = state;
    const rest = isBaking(state) ? "baking" : isHeld(state) ? heldBy(state) : undefined;
    // Where somebody waits it does not rest, and whoever asked for it hears how it ends.
    if (rest !== undefined && !isAwaited()) onRest?.(rest);
    this.makeRoom();
  }

  /** Passes it on; false: it does not fit where it stands. Said of a step that is over, it has happened. */
  steer({ what, reason, of }: Steering, by?: Actor): boolean {
    const { controller, deployment } = this.#driven;
    const state = this.#state;
    if (state?.phase !== "forward" || (of !== undefined && of.deployment !== deployment)) return false;
    if (of !== undefined && of.step !== state.step) return of.step < state.step;
    if (what === "pause") {
      if (!state.isPaused) controller.pause(by);
      return !state.isPaused;
    }
    const waits = state.isPaused || isHeld(state);
    const canGoOn = what === "resume" ? waits : waits || state.steps[state.step]?.kind === "observe";
    // By the time that it is heard another may have been: nobody goes past a step that they have not seen.
    if (canGoOn) controller.continue(what === "promote", reason, by, state.step);
    return canGoOn;
  }

  /**
   * Where somebody waits for the environment: one that only keeps what served before ends at once, one that waits for a person is
   * taken back. Anything else is waited for, and then does not rest.
   */
  makeRoom(): void {
    const { controller, isAwaited } = this.#driven;
    if (this.#state === undefined || !isAwaited()) return;
    if (isBaking(this.#state)) controller.continue(true, "something else is to be done with the environment");
    else if (isHeld(this.#state)) controller.abort([superseded]);
  }
}

function heldBy(state: RolloutState): Rest {
  return state.phase !== "ended" && isMisshared(state.comparison) ? "misshared" : "held";
}

const superseded: Failure = {
  code: "deployment-aborted",
  message: "It waited for a person, and something else is to be done with the environment",
};
