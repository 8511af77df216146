import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { unexpectedFailure } from "../errors/unexpected-failure.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { Actor } from "../events/actor.ts";
import type { Emit } from "../events/event.ts";
import { mostOf } from "../events/traffic.ts";
import type { Clock } from "../process/clock.ts";
import type { DeploymentEnd, JournalEntry } from "../store/store.ts";
import type { Fleet } from "../strategies/fleet.ts";
import type { Tick } from "./analysis/counts.ts";
import type { JournalEvent } from "./journal.ts";
import { begin, type Effect, next } from "./machine.ts";
import { deploymentFinished, narrate, stepStarted } from "./narrate.ts";
import type { Perform, StepDone } from "./performer.ts";
import type { RolloutPlan } from "./plan.ts";
import type { Ended, RolloutEvent, RolloutState, Verdict } from "./rollout-state.ts";

/** What the controller writes to; the store under the environment's lease. */
export interface DeploymentLog {
  append(entry: JournalEntry & { readonly event: JournalEvent }): Promise<Result<void>>;
  finish(end: DeploymentEnd & { readonly members: Fleet }): Promise<Result<void>>;
}

export interface ControllerWorld {
  readonly environment: string;
  readonly deployment: number;
  /** The deployment that served before; it serves again after a revert. */
  readonly servedBefore: number | undefined;
  readonly log: DeploymentLog;
  readonly perform: Perform;
  readonly emit: Emit;
  readonly clock: Clock;
  /** Is told where the rollout stands, whenever that changes. */
  readonly onState?: (state: RolloutState) => void;
}

/**
 * Drives one deployment: journals what happened, asks the machine what follows, does it.
 *
 * Order, which everything rests on: an event is written to the journal, then the machine's state changes and is told of,
 * then the effects are performed. Events are taken one at a time, so nothing overtakes; a step's result and a tick are
 * events like any other. At most one action is under way, and at most one alarm is set: what is given up is waited for
 * before the next begins.
 *
 * `memberLost`, `abort`, `pause`, `promote` and the like may be called at any time, by anybody; they only add an event.
 * When the lease is lost the journal refuses the next event, and the controller stands still: it gives up what it performs
 * and performs nothing further. What it may still have sent carries the old token and is refused where it arrives.
 */
export class Controller {
  readonly #world: ControllerWorld;
  readonly #waiting: RolloutEvent[] = [];
  #wake: () => void = () => {};
  /** Ends the alarm that is set. */
  #alarm: AbortController | undefined;
  #performing: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  constructor(world: ControllerWorld) {
    this.#world = world;
  }

  /**
   * Begins a plan and drives it to its end. Fails when the journal takes no more: the deployment is somebody else's by
   * now (`stale-writer`), or the disk refuses. It stands still then.
   */
  async run(plan: RolloutPlan): Promise<Result<Ended>> {
    const { log, clock, environment, deployment } = this.#world;
    const at = clock.now();
    const written = await log.append({ at, event: { type: "begun", plan } });
    if (!written.ok) return written;
    const { state, effects } = begin(plan, at);
    this.#emitAll(stepStarted({ environment, deployment }, state));
    this.#world.onState?.(state);
    return this.#drive(state, effects);
  }

  /** Goes on with a deployment that another controller left in this state. */
  async resume(state: RolloutState): Promise<Result<Ended>> {
    this.#waiting.push({ type: "resumed" });
    return this.#drive(state, []);
  }

  /** An instance of the fleet ended by itself. Nothing follows unless it is one that this deployment has started. */
  memberLost(member: string, failures: readonly Failure[]): void {
    this.#put({ type: "memberLost", member, failures });
  }

  /** Takes the deployment back, if it still goes forward; `failures` say why. `by`, here as below: who asked for it. */
  abort(failures: readonly Failure[], by?: Actor): void {
    this.#put({ type: "abortRequested", failures, ...(by && { by }) });
  }

  /** Lets nothing further begin. */
  pause(by?: Actor): void {
    this.#put({ type: "pause", ...(by && { by }) });
  }

  /**
   * Goes on after a pause or a hold; `promote`: also past an observation, whatever is left of its time. `step`: where it stood
   * when somebody said so; at another it changes nothing.
   */
  continue(promote: boolean, reason?: string, by?: Actor, step?: number): void {
    const why = { ...(reason !== undefined && { reason }), ...(step !== undefined && { step }) };
    this.#put({ type: "resume", promote, ...why, ...(by && { by }) });
  }

  /** From now on both releases are counted. */
  beginComparison(thresholdsMs: readonly number[]): void {
    this.#put({ type: "comparisonBegun", thresholdsMs });
  }

  /** What both did since the last time; `share`: what part of the requests the new one was to get. */
  count(tick: Tick, share: number): void {
    this.#put({ type: "counted", tick, share });
  }

  /** What analysis says of the new release; of a regression, why. */
  judge(verdict: Verdict, failures: readonly Failure[] = []): void {
    this.#put({ type: "verdict", verdict, failures });
  }

  /** The answer to a gate that the deployment waits at, or comes to; refused: why. */
  answer(gate: string, granted: boolean, failures: readonly Failure[] = []): void {
    this.#put({ type: "approval", gate, granted, failures });
  }

  #put(event: RolloutEvent): void {
    this.#waiting.push(event);
    this.#wake();
  }

  async #drive(begun: RolloutState, effects: readonly Effect[]): Promise<Result<Ended>> {
    let state = begun;
    await this.#apply(effects);
    while (state.phase !== "ended") {
      const event = await this.#take();
      const at = this.#world.clock.now();
      const written = await this.#world.log.append({ at, event });
      if (!written.ok) return this.#leave(written.failures);
      const transition = next(state, event, at);
      this.#emitAll(narrate(this.#world, state, event, transition.state, at));
      if (transition.state !== state) this.#world.onState?.(transition.state);
      state = transition.state;
      await this.#apply(transition.effects);
    }
    return this.#finish(state);
  }

  async #apply(effects: readonly Effect[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.type) {
        case "perform":
          this.#perform(effect);
          break;
        case "wakeAt":
          this.#wakeAt(effect.at);
          break;
        case "cancel":
          await this.#cancel();
          break;
        case "end":
          this.#alarm?.abort();
          break;
        default:
          unreachable(effect);
      }
    }
  }

  /** A clock that is set while we wait wakes us early or late: the machine asks again, or time was long over. */
  #wakeAt(at: number): void {
    this.#alarm?.abort();
    const alarm = new AbortController();
    this.#alarm = alarm;
    const { clock } = this.#world;
    void clock.wait(at - clock.now(), alarm.signal).then(() => {
      if (!alarm.signal.aborted) this.#put({ type: "tick" });
    });
  }

  #perform({ action, direction, step }: Effect & { type: "perform" }): void {
    const abort = new AbortController();
    const report = (result: Result<StepDone>) => {
      if (abort.signal.aborted) return;
      if (result.ok) this.#put({ type: "stepDone", direction, step, ...result.value });
      else this.#put({ type: "stepFailed", direction, step, failures: result.failures });
    };
    // A throw inside of a step is a bug; the deployment goes back all the same.
    const unexpected = (error: unknown) => failed(unexpectedFailure(error, "A step"));
    const done = this.#world.perform(action, abort.signal).catch(unexpected).then(report);
    this.#performing = { abort, done };
  }

  /** What comes next must not meet what is being given up: it is waited for. */
  async #cancel(): Promise<void> {
    this.#alarm?.abort();
    this.#performing?.abort.abort();
    await this.#performing?.done;
    this.#performing = undefined;
  }

  async #take(): Promise<RolloutEvent> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #leave(failures: readonly Failure[]): Promise<Result<Ended>> {
    await this.#cancel();
    return failed(...failures);
  }

  async #finish(state: Ended): Promise<Result<Ended>> {
    const { log, deployment, emit } = this.#world;
    const { outcome, failures, fleet, at } = state;
    const serving = servingAfter(state, deployment, this.#world.servedBefore);
    const end = { at, outcome, failures, members: fleet, ...(serving === undefined ? {} : { serving }) };
    const finished = await log.finish(end);
    if (!finished.ok) return finished;
    emit(deploymentFinished(this.#world, state));
    return ok(state);
  }

  #emitAll(events: readonly Parameters<Emit>[0][]): void {
    for (const event of events) this.#world.emit(event);
  }
}

/** The deployment in charge once a rollout has ended: of a stuck one, whichever has the most traffic. */
export function servingAfter({ outcome, fleet }: Ended, deployment: number, before: number | undefined) {
  switch (outcome) {
    case "deployed":
      return deployment;
    case "reverted":
      return before;
    case "frozen":
    case "stuck":
      return mostOf(fleet.traffic)?.deployment ?? before ?? (fleet.members.length > 0 ? deployment : undefined);
    default:
      return unreachable(outcome);
  }
}
