import { isByHand, mendingSpec, planMending } from "../../environment/drift/mending.ts";
import type { DriftReport } from "../../environment/drift/report.ts";
import { subjectOf } from "../../environment/drift/subject.ts";
import { type DeploymentSpec, specOf } from "../../environment/spec.ts";
import { dayOf } from "../../errors/quantities.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { Ended } from "../../rollout/rollout-state.ts";
import type { Secrets } from "../../secrets/secret.ts";
import { servingIn } from "../../store/serving.ts";
import { lookForDrift } from "../look-for-drift.ts";
import { servingSecrets } from "../serving-secrets.ts";
import type { AgentWorld } from "../world.ts";
import { stopStrays } from "./clear-away.ts";
import { outcomeOf } from "./outcome.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { secretsOf } from "./processes-of.ts";

/** What the environment can do that mending asks for; all of it is what deployments and starts do, too. */
export interface MendingHands {
  readonly hands: EnvironmentHands;
  /** Starts what should run and does not; resolves once it serves. */
  readonly bringBack: () => Promise<Result<void>>;
  readonly deploy: (spec: DeploymentSpec, secrets: Secrets) => Promise<Result<Ended>>;
}

export interface MendingCall {
  /** Subjects that stay as they are. */
  readonly except: readonly string[];
  /** What is gone with its data is made anew without it. */
  readonly mayBeEmpty?: boolean;
}

/**
 * Brings what runs back to what was deployed, `except` what is about these subjects. Where nothing was deployed, or it is stopped, that
 * is what was made. Only by whose turn it is, so never
 * during a rollout. What only people can mend is left, and told.
 *
 * Cheap things first: whatever can be brought back without replacing anything is. What is replaced is replaced by a
 * deployment of the same, with its journal: killed anywhere, the next agent finishes it or takes it back.
 */
export async function mend(
  { hands, bringBack, deploy }: MendingHands,
  { except, mayBeEmpty = false }: MendingCall,
): Promise<Result<void>> {
  const { world, lease, keeper, resources, tell } = hands;
  const { environment } = lease;
  // What is in hand is not looked at.
  const finished = await resources.finishLeft();
  if (!finished.ok) return finished;
  const before = await lookForOwnDrift(world, environment, true);
  if (!before.ok) return before;
  const plan = planMending(before.value.findings, except, mayBeEmpty);
  const deployed = await readServing(world, environment);
  if (!deployed.ok) return deployed;
  const serving = deployed.value;
  const wanted = serving?.spec.resources ?? resources.specs;
  const steps: (() => Promise<Result<void>>)[] = [
    ...(plan.resources ? [() => resources.ensure(wanted, serving?.secrets, { mayBeEmpty })] : []),
    ...(plan.reset.length > 0 ? [() => resources.reset(plan.reset)] : []),
    ...(plan.start ? [bringBack] : []),
    ...(plan.route ? [() => keeper.routeAgain()] : []),
    ...(plan.stop ? [() => stopStrays(hands)] : []),
    ...(plan.replace && serving
      ? [async () => outcomeOf(await deploy(mendingSpec(serving.spec), serving.secrets))]
      : []),
  ];
  for (const step of steps) {
    const done = await step();
    if (!done.ok) return done;
  }
  const after = await lookForOwnDrift(world, environment, true);
  if (!after.ok) return after;
  const left = new Set(after.value.findings.map(subjectOf));
  // What is left to people may be about the same as what was mended.
  const again = new Set(after.value.findings.filter((finding) => !isByHand(finding)).map(subjectOf));
  const mended = plan.subjects.filter((subject) => !again.has(subject));
  if (mended.length > 0) tell({ type: "driftMended", environment, subjects: mended, left: [...left].sort() });
  return ok();
}

/** What drifted in an environment, without what the definition says of it. */
export function lookForOwnDrift(
  world: AgentWorld,
  environment: string,
  isWhole: boolean,
): Promise<Result<DriftReport>> {
  const { store, blobs, paths, clock, now, resources } = world;
  const { project } = resources.host;
  const declared = { today: dayOf(now()) };
  return lookForDrift({
    ...{ store, blobs, stateFolder: paths.folder, project, environment, isWhole, declared, clock },
    secrets: servingSecrets(world),
  });
}

async function readServing(
  world: AgentWorld,
  environment: string,
): Promise<Result<{ readonly spec: DeploymentSpec; readonly secrets: Secrets } | undefined>> {
  const serving = await servingIn(world.store, environment);
  if (!serving.ok || serving.value === undefined) return serving as Result<undefined>;
  const spec = specOf(serving.value);
  if (!spec.ok) return spec;
  const secrets = secretsOf(world, spec.value, serving.value.id);
  return secrets.ok ? ok({ spec: spec.value, secrets: secrets.value }) : secrets;
}
