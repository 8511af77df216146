import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Actor } from "../events/actor.ts";
import type { ManagedEnvironment } from "./environments/managed-environment.ts";
import { outcomeOfAbort } from "./environments/outcome.ts";
import type { Steering } from "./environments/under-way.ts";
import type { RollbackCall } from "./protocol/protocol.ts";
import type { AgentWorld } from "./world.ts";

/** What of the agent is needed to speak to deployments that are under way. */
interface Agency {
  readonly world: Pick<AgentWorld, "store" | "now">;
  /** The environment, if it is in hand. */
  readonly find: (name: string) => ManagedEnvironment | undefined;
  readonly open: (name: string) => Promise<Result<ManagedEnvironment>>;
  /** How many have the environment's turn, or wait for it. */
  readonly waiting: (name: string) => number;
  /** Whether a deployment to it was asked for and has not come to its end. */
  readonly isDeploying: (name: string) => boolean;
}

const lookMs = 20;

/** The deployments that are under way: what can be said to them takes no turn. */
export class InProgress {
  readonly #agency: Agency;

  constructor(agency: Agency) {
    this.#agency = agency;
  }

  /** Whether the deployment under way goes on only when a person says so, or after a while. */
  waits(name: string): boolean {
    const underWay = this.#agency.find(name)?.underWay;
    return underWay !== undefined && (underWay.isResting || underWay.isPaused);
  }

  /** Says something to the deployment under way. */
  async steer(name: string, steering: Steering, by?: Actor): Promise<Result<void>> {
    const opened = await this.#agency.open(name);
    if (!opened.ok) return opened;
    await this.#driven(opened.value, () => !opened.value.isRecovered);
    if (opened.value.underWay?.steer(steering, by)) return ok();
    const what = { pause: "be paused", resume: "go on", promote: "be promoted" }[steering.what];
    return failed({
      code: "nothing-under-way",
      message: `No deployment to ${name} is in progress that could ${what}`,
      hint: `See where it stands: tidegate status ${name}`,
    });
  }

  /** Takes the deployment under way back; resolves when it has. */
  async abort(name: string, reason: string, by?: Actor): Promise<Result<void>> {
    // One that was just taken over may not be driven yet.
    while (this.#agency.waiting(name) > 0) {
      const ended = this.#agency.find(name)?.abort(reason, by);
      if (ended !== undefined) return outcomeOfAbort(name, await ended);
      await wait(lookMs);
    }
    return failed({
      code: "nothing-under-way",
      message: `No deployment to ${name} is in progress`,
      hint: `See what is serving: tidegate status ${name}`,
    });
  }

  /**
   * The way back from a deployment that is in progress, in whatever direction; `undefined` when none is, or when it was over
   * before. Its release is refused first, so that a kill in between lets nobody have it.
   */
  async takeBack({ environment: name, ...call }: RollbackCall, by?: Actor): Promise<Result<void> | undefined> {
    const { world, open, isDeploying } = this.#agency;
    const opened = await open(name);
    if (!opened.ok) return opened;
    const environment = opened.value;
    await this.#driven(environment, () => !environment.isRecovered || isDeploying(name));
    const arriving = environment.underWay?.arriving;
    if (arriving === undefined) return undefined;
    const { release, isNew } = arriving;
    const reason = call.reason ?? `rolled back in ${name}`;
    const quarantine = { at: world.now(), reason, ...(by && { by }) };
    const refused = isNew
      ? await world.store.setQuarantine(release, quarantine, {
          action: environment.action("quarantine", { release, reason, by: by ?? null }),
        })
      : ok();
    if (!refused.ok) return refused;
    if (isNew) environment.tell({ type: "releaseRefused", release, reason });
    const ended = await (environment.abort(`Rolled back on request: ${reason}`, by) ?? arriving.ended);
    // Over in the meantime: it is gone back from as from any other.
    if (ended.ok && ended.value.outcome === "deployed") return undefined;
    return outcomeOfAbort(name, ended);
  }

  /** Whoever stops, destroys or restores an environment does not wait for the one who paused a deployment there. */
  leavePause(name: string, by?: Actor): void {
    const environment = this.#agency.find(name);
    if (environment?.underWay?.isPaused) void environment.abort("It was paused, and something else was to be done", by);
  }

  /** Resolves once what an earlier agent left there is over, or waits for somebody or for time. */
  async atRest(environment: ManagedEnvironment): Promise<void> {
    while (!environment.isRecovered && !this.waits(environment.name) && !environment.isOver) await wait(lookMs);
  }

  /** A deployment that was just asked for, or taken over, is not driven yet: waits for that, while it may come. */
  async #driven(environment: ManagedEnvironment, mayCome: () => boolean): Promise<void> {
    const isThere = () => environment.underWay?.arriving !== undefined || this.waits(environment.name);
    while (!isThere() && mayCome() && !environment.isOver) await wait(lookMs);
  }
}

const tooFewReason = "there were too few requests to tell whether the release is good";
const missharedReason =
  "the requests were not shared out as the gateway was told, so the releases could not be compared";

/** `misshared`: the requests were not shared out as the gateway was told. */
export function held(environment: string, misshared: boolean) {
  return {
    code: misshared ? "share-mismatch" : "not-enough-evidence",
    message: `The deployment to ${environment} waits for a person: ${misshared ? missharedReason : tooFewReason}`,
    hint:
      `See how it fares: tidegate status ${environment}\n` +
      `Give it its time once more: tidegate resume ${environment}\n` +
      `Go on all the same: tidegate promote ${environment} --now --reason "checked by hand"\n` +
      `Take it out: tidegate abort ${environment}`,
  } as const;
}

export function busy(environment: string) {
  return {
    code: "environment-busy",
    message: `A deployment to ${environment} is under way`,
    hint: `Wait for it (leave out --no-wait), or revert it: tidegate abort ${environment}`,
  } as const;
}

/** It goes on only when somebody says so, or after a while: nobody waits for that. */
export function unended(environment: string, how: string) {
  return {
    code: "environment-busy",
    message: `The deployment to ${environment} ${how}`,
    hint: `See where it stands, and how it goes on: tidegate status ${environment}\nOr revert it: tidegate abort ${environment}`,
  } as const;
}
