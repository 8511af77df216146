import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { Member } from "../strategies/fleet.ts";
import type { Action } from "../strategies/step.ts";
import type { FleetKeeper } from "./fleet-keeper.ts";
import { type JobWorld, runCheck, runMigration, runProof } from "./jobs.ts";

/** Does a step in the world. Every step is safe to do again. Must settle soon after `signal` is aborted. */
export type Perform = (step: Action, signal: AbortSignal) => Promise<Result<StepDone>>;

/** What is worth knowing of a step that was done. */
export interface StepDone {
  /** Requests that were still under way when a drain's time was over. */
  readonly left?: number;
}

export interface PerformerWorld extends JobWorld {
  readonly keeper: FleetKeeper;
  /** What the jobs of another deployment of the environment are run with; `undefined`: nobody knows it any more. */
  readonly jobsOf: (deployment: number) => Promise<JobWorld | undefined>;
  /** Unpacks a release where instances and jobs run; idempotent. */
  readonly unpack: (release: string) => Promise<Result<void>>;
  /** Saves what the service's migration may change; idempotent. */
  readonly saveBeforeMigration: (service: string) => Promise<Result<void>>;
}

export function performer(world: PerformerWorld): Perform {
  return async (step, signal) => {
    if (step.kind === "drain") return drain(world, step.members, signal);
    const done = await perform(world, step, signal);
    return done.ok ? ok({}) : done;
  };
}

async function perform(
  world: PerformerWorld,
  step: Exclude<Action, { kind: "drain" }>,
  signal: AbortSignal,
): Promise<Result<void>> {
  switch (step.kind) {
    case "migrate": {
      const unpacked = await world.unpack(world.spec.release);
      const saved = unpacked.ok ? await world.saveBeforeMigration(step.service) : unpacked;
      return saved.ok ? runMigration(world, step.service, signal) : saved;
    }
    case "check":
      return runCheck(world, step, signal);
    case "start":
      return start(world, step.members, signal);
    case "route":
      return route(world, step);
    case "stop":
      return world.keeper.stop(step.members);
    case "prove":
      return prove(world, step.members, signal);
    default:
      return unreachable(step);
  }
}

async function start(world: PerformerWorld, members: readonly Member[], signal: AbortSignal): Promise<Result<void>> {
  for (const release of new Set(members.map((member) => member.release))) {
    const unpacked = await world.unpack(release);
    // On the way back the old release is where it was; a full disk must not keep it from serving.
    if (!unpacked.ok && release === world.spec.release) return unpacked;
  }
  return world.keeper.start(members, signal);
}

/** The deployment of the first member has the say over address and routes. */
async function route({ keeper, deployment }: PerformerWorld, step: Action & { kind: "route" }): Promise<Result<void>> {
  const { members, traffic } = step;
  // What this deployment has started is up, or turns it back. What served before was left to itself since then.
  const ready = await keeper.ready(
    members.filter((member) => member.deployment !== deployment),
    traffic,
  );
  if (!ready.ok) return ready;
  const routed = await keeper.route(members, traffic, members[0]?.deployment ?? deployment);
  if (routed.ok || members.length > 0) return routed;
  // Whoever else has the port: nobody gets requests through it, and that is all a route to nobody wants.
  return routed.failures.every(({ code }) => code === "port-in-use") ? ok() : routed;
}

/** Each with what it was deployed with: the old release's checks see the old release. */
async function prove(world: PerformerWorld, members: readonly Member[], signal: AbortSignal): Promise<Result<void>> {
  const healthy = await world.keeper.prove(members, signal);
  if (!healthy.ok) return healthy;
  for (const member of members) {
    if (member.requests !== undefined) continue;
    const own = await world.jobsOf(member.deployment);
    // What nobody knows any more proves nothing.
    if (own === undefined) return failed(unknownProof(member));
    for (const { name } of own.spec.checks) {
      const proven = await runProof(
        own,
        { name, against: member, id: `d${world.deployment}-prove-${name}-${member.id}` },
        signal,
      );
      if (!proven.ok) return world.keeper.withLastWords(member, proven);
    }
  }
  return ok();
}

function unknownProof({ id, deployment }: Member): Failure {
  const message = `Whether ${id} serves could not be asked: what deployment ${deployment} was made with is not known any more`;
  return { code: "unknown-deployment", message };
}

/** Only waits, so that nothing has to be taken back when it is given up. */
async function drain({ keeper }: PerformerWorld, members: readonly Member[], signal: AbortSignal) {
  const drained = keeper.drain(members);
  const { promise: givenUp, resolve } = Promise.withResolvers<Result<StepDone>>();
  const giveUp = () => resolve(ok({}));
  signal.addEventListener("abort", giveUp, { once: true });
  const done = await Promise.race([drained, givenUp]);
  signal.removeEventListener("abort", giveUp);
  return !done.ok || done.value.left ? done : ok({});
}
