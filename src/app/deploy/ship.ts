import { parseSet } from "../../config/parse-set.ts";
import { urlOf } from "../../environment/build-spec.ts";
import { declaredOrder, wayTo } from "../../environment/order.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { isPublic } from "../../records/service.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import { linesToAdd, usualEnvironments, usualServices } from "../definition-lines.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { checkPorts } from "../taken-ports.ts";
import { bring, occasionOf, type Until } from "./deploy.ts";
import { checkEveryConfig, type Occasion } from "./door.ts";
import { type MakeReleaseOptions, makeRelease } from "./make-release.ts";
import { type OverrideRequest, overridesFor } from "./overrides.ts";

export interface ShipRequest extends MakeReleaseOptions, Occasion, OverrideRequest {
  /** The last environment to deploy to; default: all. */
  readonly to?: string | undefined;
  /** false: refused when another deployment is under way. */
  readonly wait: boolean;
  /** Of the last environment. */
  readonly until?: Until | undefined;
  /** Config set by hand, for these deployments only: `KEY=VALUE`. */
  readonly set?: readonly string[];
}

/** What was shipped, and how far. */
export interface Shipped {
  readonly release: ReleaseRecord;
  readonly environments: readonly string[];
  /** Where those answer that take requests; in the same order. */
  readonly addresses: readonly { readonly environment: string; readonly url: string }[];
}

/**
 * Config of every environment and the ports of those on the way, pipeline, release, then one environment after the other. Ends at the first that does not
 * take it; what served there before serves on.
 */
export async function ship(session: Session, request: ShipRequest, say: Say): Promise<Result<Shipped>> {
  const environments = await targetsOf(session, request.to);
  if (!environments.ok) return environments;
  const set = parseSet(session.project, request.set ?? []);
  if (!set.ok) return set;
  const overrides = overridesFor(session, environments.value, request);
  if (!overrides.ok) return overrides;
  const occasion = await occasionOf(session, request);
  if (!occasion.ok) return occasion;
  const checked = await checkEveryConfig(session, environments.value, set.value);
  if (!checked.ok) return checked;
  const reachable = await checkPorts(session, environments.value);
  if (!reachable.ok) return reachable;
  const release = await makeRelease(session, request, say);
  if (!release.ok) return release;
  for (const [at, environment] of environments.value.entries()) {
    const rest = environments.value.slice(at + 1);
    const applicant = {
      environment,
      release: release.value,
      kind: "deploy",
      set: set.value,
      overrides: overrides.value(environment),
      isFresh: true,
      ...occasion.value,
    } as const;
    // Another one comes after it only once it is at its end.
    const isLast = !environments.value.some((name) => session.project.environments[name]?.after === environment);
    const until = isLast ? request.until : "ended";
    const deployed = await bring(session, applicant, { wait: request.wait, until, rest }, say);
    if (!deployed.ok) return deployed;
  }
  const addresses = isAnyPublic(session) ? environments.value.map((name) => addressOf(session, name)) : [];
  return ok({ release: release.value, environments: environments.value, addresses });
}

function isAnyPublic({ project }: Session): boolean {
  return Object.values(project.services).some(({ route }) => isPublic({ route: route ?? "/" }));
}

function addressOf({ project }: Session, environment: string) {
  return { environment, url: urlOf(environment, project.environments[environment]!) };
}

async function targetsOf(session: Session, name: string | undefined): Promise<Result<string[]>> {
  const all = declaredOrder(session.project);
  if (all.length === 0) return failed(await noEnvironments(session));
  if (name === undefined) return ok(all);
  const found = findEnvironment(session, name);
  return found.ok ? ok(wayTo(session.project, found.value)) : found;
}

/** Without services, too, the hint says all that is missing, not one after the other. */
async function noEnvironments(session: Session): Promise<Failure> {
  const hasServices = Object.keys(session.project.services).length > 0;
  const services = hasServices ? { names: [], entries: [] } : await usualServices(session);
  const names = ["local", "rolling", ...services.names];
  const nothing = hasServices ? "no environments" : "no services and no environments";
  return {
    code: "unknown-environment",
    message: `The definition has ${nothing} to ship to`,
    hint: linesToAdd(session.file, names, [...services.entries, ...usualEnvironments]),
  };
}
