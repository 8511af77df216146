import type { BlobStore } from "../../blobs/blob-store.ts";
import type { Driver } from "../../drivers/driver.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { releaseContent } from "../../release/content.ts";
import type { FleetKeeper } from "../../rollout/fleet-keeper.ts";
import type { JobWorld } from "../../rollout/jobs.ts";
import type { PerformerWorld } from "../../rollout/performer.ts";
import type { Lease } from "../../store/store.ts";
import type { AgentWorld } from "../world.ts";
import type { Facts, TellFact } from "./facts.ts";
import { jobSpec } from "./processes-of.ts";
import type { EnvironmentResources } from "./resources.ts";

/** One environment as those see it who deploy to it. */
export interface EnvironmentHands {
  readonly world: AgentWorld;
  readonly lease: Lease;
  readonly keeper: FleetKeeper;
  /** Hides secrets in what processes wrote. */
  readonly driver: Driver;
  readonly resources: EnvironmentResources;
  readonly tell: TellFact;
  /** What is done, for the audit log. */
  readonly action: Facts["action"];
  /** The value without any secret: whatever is kept or answered goes through it. */
  readonly redact: <T>(value: T) => T;
}

/** What the steps of a deployment are performed with. */
export function performerWorld(
  hands: EnvironmentHands,
  deployment: number,
  spec: DeploymentSpec,
  known: (deployment: number) => Promise<DeploymentSpec | undefined>,
): PerformerWorld {
  const { world, lease, keeper, driver } = hands;
  return {
    ...jobWorld(hands, deployment, spec),
    keeper,
    jobsOf: async (other) => {
      const own = await known(other);
      return own && jobWorld(hands, other, own);
    },
    unpack: (release) => prepareRelease(driver, release, { blobs: world.blobs, lease }),
    saveBeforeMigration: (service) => saveBeforeMigration(hands, deployment, spec, service),
  };
}

function jobWorld(hands: EnvironmentHands, deployment: number, spec: DeploymentSpec): JobWorld {
  const { world, lease, keeper, driver, tell, resources } = hands;
  return {
    spec,
    deployment,
    driver,
    emit: tell,
    token: () => lease.token,
    linksFor: (service) => keeper.linksFor(service, deployment),
    jobSpec: (job) => jobSpec({ world, resources }, spec, deployment, job),
    addressOf: async (member) => {
      const observed = await driver.observe(lease.environment);
      const address = observed.ok ? observed.value.find(({ id }) => id === member)?.address : undefined;
      return address === undefined ? undefined : `${address.host}:${address.port}`;
    },
  };
}

/** Saves every resource that the service uses and that can be saved: its migration may change them. */
async function saveBeforeMigration(
  { resources }: EnvironmentHands,
  deployment: number,
  { services }: DeploymentSpec,
  service: string,
): Promise<Result<void>> {
  const uses = services.find(({ name }) => name === service)?.uses ?? {};
  const names = [...new Set(Object.values(uses).map(({ resource }) => resource))].sort();
  return names.length === 0 ? ok() : resources.snapshots.takeBeforeMigration(deployment, names);
}

/** Brings a release where the environment's instances can be started from it. */
export async function prepareRelease(
  driver: Driver,
  release: string,
  { blobs, lease }: { readonly blobs: BlobStore; readonly lease: Lease },
): Promise<Result<void>> {
  const content = await releaseContent(release, blobs);
  return content.ok ? driver.prepare(lease.environment, content.value, lease.token) : content;
}
