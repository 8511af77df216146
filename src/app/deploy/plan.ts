import { standingOf, type WindowStanding } from "../../definition/window.ts";
import { openDriver } from "../../drivers/registry.ts";
import { refusals } from "../../environment/admission.ts";
import { type ConfigChange, configChanges } from "../../environment/config-changes.ts";
import { type UnkeptLimit, unkeepable } from "../../environment/limits.ts";
import { declaredOrder } from "../../environment/order.ts";
import { rehearsalRefusal } from "../../environment/rehearsal.ts";
import { type DeploymentSpec, driverOf, fleetOf, specOf } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import { type PlannedResource, planResources } from "../../resources/observe.ts";
import { planRollout } from "../../rollout/plan.ts";
import { foreseeUnserved, type Unserved } from "../../rollout/unserved.ts";
import { servingDeployment } from "../../store/serving.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Step } from "../../strategies/step.ts";
import { findEnvironment } from "../find-environment.ts";
import { lookAhead } from "../foresee/look-ahead.ts";
import { askParity } from "../parity/gate.ts";
import { foreseeRehearsal, type PlannedRehearsal } from "../rehearsal/gate.ts";
import type { Session } from "../session.ts";
import { checkPorts } from "../taken-ports.ts";
import { prepareDeployment } from "./door.ts";
import { releaseOrLatest } from "./find-release.ts";
import { type CanaryForecast, forecastCanary } from "./forecast-canary.ts";

/** What deploying a release to an environment would do. */
export interface EnvironmentPlan {
  readonly environment: string;
  readonly release: string;
  /** What serves now. */
  readonly from?: string;
  readonly strategy: string;
  readonly steps: readonly Step[];
  /** Requests are refused for a while; the last time for so long. Absent: none are. */
  readonly unserved?: Unserved;
  /** Services of the release that do not run in this preview; absent: all run. */
  readonly off?: readonly string[];
  readonly config: readonly {
    readonly key: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
  /** What would be made or mended before. */
  readonly resources: readonly PlannedResource[];
  /** Limits of its services that would not be kept on this machine. */
  readonly unkept: readonly UnkeptLimit[];
  /** Whether its window is open now; absent: it has none. */
  readonly window?: WindowStanding;
  /** What the comparison with what serves would find, and when. Absent: nothing would be compared. */
  readonly forecast?: CanaryForecast;
  /** How its rehearsal stands; absent: the environment asks for none. */
  readonly rehearsal?: PlannedRehearsal;
  /** Gates that would refuse it now. */
  readonly refused: readonly Failure[];
}

export interface PlanRequest {
  /** Default: all of the definition. */
  readonly environment?: string | undefined;
  /** A digest or its beginning; default: the latest. */
  readonly release?: string | undefined;
  /** Public requests in a second, for the forecast; default: as measured. */
  readonly perSecond?: number | undefined;
}

/** What `plan` shows. */
export interface Planned {
  /** Fails as a deployment would. */
  readonly plans: Result<EnvironmentPlan[]>;
  /** What the next release would stumble over on its way, as the definition and the files are now. */
  readonly ahead: { readonly problems: readonly Failure[]; readonly warnings: readonly Failure[] };
}

/** What deploying would do, and what a new release would meet. Touches nothing. */
export async function plan(session: Session, request: PlanRequest): Promise<Planned> {
  const plans = await planAll(session, request);
  const { problems, warnings } = await lookAhead(session, session.ports);
  return { plans, ahead: { problems: await session.locate(problems), warnings: await session.locate(warnings) } };
}

async function planAll(session: Session, request: PlanRequest): Promise<Result<EnvironmentPlan[]>> {
  const names = namesOf(session, request.environment);
  if (!names.ok) return names;
  const release = await releaseOrLatest(session, request.release);
  if (!release.ok) return release;
  const plans: EnvironmentPlan[] = [];
  for (const environment of names.value) {
    const planned = await planFor(session, { ...request, environment, release: release.value });
    if (!planned.ok) return planned;
    plans.push(planned.value);
  }
  return ok(plans);
}

function namesOf(session: Session, name: string | undefined): Result<string[]> {
  if (name === undefined) return ok(declaredOrder(session.project));
  const found = findEnvironment(session, name);
  return found.ok ? ok([found.value]) : found;
}

async function planFor(
  session: Session,
  request: { readonly environment: string; readonly release: ReleaseRecord } & Pick<PlanRequest, "perSecond">,
): Promise<Result<EnvironmentPlan>> {
  const { environment, release, perSecond } = request;
  const { store } = session;
  const built = await prepareDeployment(session, { environment, release, kind: "deploy" });
  if (!built.ok) return built;
  const { spec, secrets } = built.value;
  const record = await store.environment(environment);
  if (!record.ok) return record;
  const serves = await servingDeployment(store, record.value);
  if (!serves.ok) return serves;
  const serving = serves.value;
  const before = fleetOf(record.value);
  if (!before.ok) return before;
  const served = serving === undefined ? ok(undefined) : specOf(serving);
  if (!served.ok) return served;
  const last = await store.highWater();
  if (!last.ok) return last;
  const refused = await gatesOf(session, spec, release);
  if (!refused.ok) return refused;
  const rehearsal = await foreseeRehearsal(session, { environment, release });
  if (!rehearsal.ok) return rehearsal;
  const unrehearsed = refusedBy(rehearsal.value);
  const { stateFolder, project } = session;
  const looked = { stateFolder, project: project.name, store, environment, secrets: async () => secrets };
  const resources = await planResources(looked, spec.resources ?? []);
  if (!resources.ok) return resources;
  const free = await limitsNotKept(session, spec);
  if (!free.ok) return free;
  const planned = planRollout(spec, last.value.deployment + 1, before.value);
  const forecast = await forecastCanary(session, { spec, rollout: planned, serving, perSecond });
  const unserved = await foreseeUnserved(store, environment, planned);
  return ok({
    environment,
    release: release.digest,
    strategy: spec.strategy.strategy,
    steps: planned.steps,
    ...(unserved !== undefined && { unserved }),
    config: configChanges(served.value, spec).map(shown),
    resources: resources.value,
    unkept: free.value,
    ...(forecast !== undefined && { forecast }),
    refused: [...refused.value, ...unrehearsed],
    ...(rehearsal.value && { rehearsal: rehearsal.value }),
    ...(serving === undefined ? {} : { from: serving.release }),
    ...(spec.window === undefined ? {} : { window: standingOf(spec.window, session.ports.now()) }),
    ...(spec.preview === undefined || spec.preview.off.length === 0 ? {} : { off: spec.preview.off }),
  });
}

/** What is known to fail would be refused, unless the definition accepts it. */
function refusedBy(rehearsal: PlannedRehearsal | undefined): Failure[] {
  if (rehearsal?.stands !== "failed" || rehearsal.irreversible !== undefined) return [];
  return [rehearsalRefusal(rehearsal) ?? []].flat();
}

/** A driver tries what it can keep: only where something is to be kept. */
async function limitsNotKept(session: Session, spec: DeploymentSpec): Promise<Result<readonly UnkeptLimit[]>> {
  if (spec.services.every(({ limits }) => limits === undefined)) return ok([]);
  const driver = await openDriver(driverOf(spec), { stateFolder: session.stateFolder });
  return driver.ok ? ok(unkeepable(spec.services, driver.value.capabilities)) : driver;
}

/** What the store knows comes first: who has not been through the environment before is told that alone. */
async function gatesOf(
  session: Session,
  spec: DeploymentSpec,
  release: ReleaseRecord,
): Promise<Result<readonly Failure[]>> {
  const refused = await refusals(session.store, spec, release, session.ports.now());
  if (!refused.ok || refused.value.length > 0) return refused;
  const parity = await askParity(session, spec);
  if (!parity.ok) return parity;
  const reachable = await checkPorts(session, [spec.environment]);
  return ok([...parity.value.refused, ...(reachable.ok ? [] : reachable.failures)]);
}

function shown({ key, change, isSecret, before, after }: ConfigChange): EnvironmentPlan["config"][number] {
  const masked = "[secret]";
  return {
    key,
    before: change === "added" ? undefined : (before ?? (isSecret ? masked : undefined)),
    after: change === "removed" ? undefined : (after ?? (isSecret ? masked : undefined)),
  };
}
