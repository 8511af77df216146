import { parseSet } from "../../config/parse-set.ts";
import { declaredOrder, wayTo } from "../../environment/order.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { checkPorts } from "../taken-ports.ts";
import { bring, occasionOf } from "./deploy.ts";
import { checkEveryConfig, type Occasion } from "./door.ts";
import { type MakeReleaseOptions, makeRelease } from "./make-release.ts";

export interface ShipRequest extends MakeReleaseOptions, Occasion {
  /** The last environment to deploy to; default: all. */
  readonly to?: string | undefined;
  /** false: refused when another deployment is under way. */
  readonly wait: boolean;
  /** Config set by hand, for these deployments only: `KEY=VALUE`. */
  readonly set?: readonly string[];
}

/** What was shipped, and how far. */
export interface Shipped {
  readonly release: ReleaseRecord;
  readonly environments: readonly string[];
}

/**
 * Config of every environment and the ports of those on the way, pipeline, release, then one environment after the other. Ends at the first that does not
 * take it; what served there before serves on.
 */
export async function ship(session: Session, request: ShipRequest, say: Say): Promise<Result<Shipped>> {
  const environments = targetsOf(session, request.to);
  if (!environments.ok) return environments;
  const set = parseSet(session.project, request.set ?? []);
  if (!set.ok) return set;
  const occasion = await occasionOf(session, request);
  if (!occasion.ok) return occasion;
  const checked = await checkEveryConfig(session, environments.value, set.value);
  if (!checked.ok) return checked;
  const reachable = await checkPorts(session, environments.value);
  if (!reachable.ok) return reachable;
  const release = await makeRelease(session, request, say);
  if (!release.ok) return release;
  for (const environment of environments.value) {
    const applicant = {
      environment,
      release: release.value,
      kind: "deploy",
      set: set.value,
      isFresh: true,
      ...occasion.value,
    } as const;
    const deployed = await bring(session, applicant, request.wait, say);
    if (!deployed.ok) return deployed;
  }
  return ok({ release: release.value, environments: environments.value });
}

function targetsOf(session: Session, name: string | undefined): Result<string[]> {
  if (name === undefined) {
    const all = declaredOrder(session.project);
    return all.length > 0 ? ok(all) : failed(noEnvironments);
  }
  const found = findEnvironment(session, name);
  return found.ok ? ok(wayTo(session.project, found.value)) : found;
}

const noEnvironments = {
  code: "unknown-environment",
  message: "The definition has no environments to ship to",
  hint: "Add one: environments: { staging: { driver: local(), strategy: rolling() } }",
} as const;
