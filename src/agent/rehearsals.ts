import { TurnTaker } from "../concurrency/turn-taker.ts";
import { type Played, rehearsalRefusal } from "../environment/rehearsal.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Tell } from "../events/envelope.ts";
import { type RehearsalStage, rehearsalStages } from "../events/environment-events.ts";
import type { StepSummary } from "../events/event.ts";
import type { Clock } from "../process/clock.ts";
import type { Secrets } from "../secrets/secret.ts";
import type { Told } from "./environments/facts.ts";
import type { ManagedEnvironment } from "./environments/managed-environment.ts";
import type { CreateCall, RehearseCall } from "./protocol/protocol.ts";

/** How rehearsals get at environments. */
export interface RehearsalHands {
  readonly clock: Pick<Clock, "monotonic">;
  open(name: string): Promise<Result<ManagedEnvironment>>;
  create(call: CreateCall, caller: Told): Promise<Result<void>>;
  deploy(spec: DeploymentSpec, secrets: Secrets, caller: Told): Promise<Result<void>>;
  destroy(name: string, caller: Told): Promise<Result<void>>;
}

/**
 * Tries out, in a throw-away environment, what going back from a release would come to: the release that serves is deployed
 * there, then the new one, then the old one again, each by the ordinary way, with proofs in between (`planRollout`).
 *
 * The environment is destroyed however that ends, and before it begins: one that an agent left that was killed is destroyed by
 * the next agent that finds it (`ManagedEnvironment.recover`). A caller that hangs up changes nothing: the result is kept with the
 * environment that was rehearsed for, as a `rehearsalFinished` of its history. One at a time for each environment.
 */
export class Rehearsals {
  readonly #hands: RehearsalHands;
  readonly #turns = new TurnTaker();
  readonly #held = new Set<string>();

  constructor(hands: RehearsalHands) {
    this.#hands = hands;
  }

  /** The throw-away environments that somebody here is at work in. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /** Fails with `rehearsal-failed` or `rehearsal-unclear`, or with what kept it from being played: that is no result. */
  async rehearse(call: RehearseCall, caller: Told): Promise<Result<void>> {
    if (!isSound(call)) return failed(unsound);
    const opened = await this.#hands.open(call.environment);
    if (!opened.ok) return opened;
    return opened.value.watched(caller.tell, () =>
      this.#turns.take(call.rehearsal, () => this.#hold(opened.value, call, caller)),
    );
  }

  async #hold(environment: ManagedEnvironment, call: RehearseCall, caller: Told): Promise<Result<void>> {
    this.#held.add(call.rehearsal);
    const began = this.#hands.clock.monotonic();
    try {
      const played = await this.#inThrowAway(environment, call, caller);
      if (!played.ok) return played;
      const { environment: name, old, new: next, key } = call;
      const durationMs = Math.round(this.#hands.clock.monotonic() - began);
      const about = { environment: name, release: next.release, from: old.release, key, durationMs };
      environment.tell({ type: "rehearsalFinished", ...about, ...played.value }, caller.by);
      return answerOf(call, played.value);
    } finally {
      this.#held.delete(call.rehearsal);
    }
  }

  async #inThrowAway(environment: ManagedEnvironment, call: RehearseCall, caller: Told): Promise<Result<Played>> {
    const { rehearsal, new: next, old, about, standIns, leftOut } = call;
    const quiet: Told = { ...caller, tell: () => {} };
    const cleared = await this.#hands.destroy(rehearsal, quiet);
    if (!cleared.ok) return cleared;
    environment.tell(
      {
        ...{ type: "rehearsalStarted", environment: call.environment, rehearsal },
        ...{ release: next.release, from: old.release, standIns, leftOut },
        data: about.preview?.data === "snapshot" ? "snapshot" : "empty",
        off: next.preview?.off ?? [],
      },
      caller.by,
    );
    const played = await this.#play(environment, call, caller).catch((error: unknown) => ({ thrown: error }));
    const gone = await this.#hands.destroy(rehearsal, caller);
    if ("thrown" in played) throw played.thrown;
    return played.ok && !gone.ok ? gone : played;
  }

  async #play(environment: ManagedEnvironment, call: RehearseCall, caller: Told): Promise<Result<Played>> {
    const { rehearsal, about, secrets, old, new: next } = call;
    const created = await this.#hands.create({ environment: rehearsal, about, secrets }, caller);
    if (!created.ok) return created;
    const reached = (stage: RehearsalStage) =>
      environment.tell(
        { type: "rehearsalReached", environment: call.environment, release: next.release, stage },
        caller.by,
      );
    const deploy = async (spec: DeploymentSpec, stages: readonly RehearsalStage[]) => {
      const watch = new StageWatch(stages, reached, caller.tell);
      const deployed = await this.#hands.deploy(spec, secrets, { ...caller, tell: watch.tell });
      return { deployed, stage: watch.stage };
    };
    const first = await deploy(old, ["start"]);
    if (!first.deployed.ok) return ok({ outcome: "unclear", stage: first.stage, failures: first.deployed.failures });
    const second = await deploy(next, ["migrate", "serveOn", "takeOver"]);
    if (!second.deployed.ok) return ok({ outcome: "failed", stage: second.stage, failures: second.deployed.failures });
    const back: DeploymentSpec = { ...old, kind: "rollback", strategy: { strategy: "switch" } };
    const third = await deploy(back, ["goBack"]);
    if (!third.deployed.ok) return ok({ outcome: "failed", stage: third.stage, failures: third.deployed.failures });
    return ok({ outcome: "passed", failures: [] });
  }
}

/** Sees from what is told of a deployment which stage of the rehearsal it has come to. */
class StageWatch {
  readonly #stages: readonly RehearsalStage[];
  readonly #reached: (stage: RehearsalStage) => void;
  readonly tell: Tell;
  stage: RehearsalStage;
  #isTold = false;

  constructor(stages: readonly RehearsalStage[], reached: (stage: RehearsalStage) => void, tell: Tell) {
    this.#stages = stages;
    this.#reached = reached;
    this.stage = stages[0]!;
    this.tell = (envelope) => {
      const { event } = envelope;
      if (event.type === "stepStarted" && event.direction === "forward")
        this.#move(stageOf(event.summary, event.deployment));
      tell(envelope);
    };
  }

  #move(stage: RehearsalStage): void {
    const next = this.#stages.includes(stage) ? stage : this.stage;
    const isFurther = rehearsalStages.indexOf(next) > rehearsalStages.indexOf(this.stage);
    if (this.#isTold && !isFurther) return;
    this.#isTold = true;
    this.stage = next;
    this.#reached(next);
  }
}

function stageOf({ kind, subjects }: StepSummary, deployment: number): RehearsalStage {
  if (kind === "migrate") return "migrate";
  if (kind !== "prove") return "takeOver";
  return subjects.some((id) => id.startsWith(`d${deployment}-`)) ? "takeOver" : "serveOn";
}

/** Only what was made for a rehearsal is thrown away, and nothing else deployed without the door's stamp. */
function isSound({ environment, rehearsal, about, old, new: next }: RehearseCall): boolean {
  const isOwn = (spec: DeploymentSpec) => spec.environment === rehearsal && spec.rehearses === environment;
  return environment !== rehearsal && about.preview?.rehearses === true && isOwn(old) && isOwn(next);
}

const unsound = { code: "bad-arguments", message: "The agent does not understand what is to be rehearsed" } as const;

function answerOf({ environment, new: { release } }: RehearseCall, played: Played): Result<void> {
  const failure = rehearsalRefusal({ environment, release, ...played });
  return failure === undefined ? ok() : failed(failure);
}
