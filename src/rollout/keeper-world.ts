import type { Driver, Instance, InstanceSpec } from "../drivers/driver.ts";
import { serviceOf } from "../environment/routes.ts";
import type { Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import type { Clock } from "../process/clock.ts";
import { defaultDrainTimeoutMs } from "../records/service.ts";
import type { Member } from "../strategies/fleet.ts";
import { bringUp, proveHealthy } from "./bring-up.ts";
import type { Links, TableWorld } from "./gateway-table.ts";
import type { Probe } from "./probe.ts";

/** What a keeper works with; one environment's view of the machine. */
export interface KeeperWorld extends TableWorld {
  readonly driver: Driver;
  readonly probe: Probe;
  readonly emit: Emit;
  readonly clock: Clock;
  /** What to start for a member, its secrets and links included. */
  readonly instanceSpec: (member: Member, links: Links) => Promise<Result<InstanceSpec>>;
  /** Takes what was thrown: a bug, but no reason to stop looking after what runs. */
  readonly report: (error: unknown) => void;
}

/** For a service that nobody knows any more. */
const anyGraceMs = 10_000;
const anyHealthTimeoutMs = 30_000;

/** Starts a member and waits until it is healthy, as long as its service says; one that runs is only asked. */
export async function startMember(
  world: KeeperWorld,
  member: Member,
  links: Links,
  signal: AbortSignal,
): Promise<Result<Instance>> {
  const { driver, probe, emit, token, clock, instanceSpec } = world;
  const spec = await instanceSpec(member, links);
  if (!spec.ok) return spec;
  const service = await knownService(world, member);
  return bringUp({
    driver,
    probe,
    emit,
    clock,
    spec: spec.value,
    token: token(),
    health: service?.health,
    timeoutMs: service?.healthTimeoutMs ?? anyHealthTimeoutMs,
    signal,
  });
}

/** What was healthy and is to be so still has no start to wait for. */
const proofMs = 5_000;

/** Asks a member that runs whether it is healthy. Fails like `startMember`, its evidence inside. */
export async function proveMember(world: KeeperWorld, member: Member, signal: AbortSignal): Promise<Result<void>> {
  const { driver, probe, clock, environment } = world;
  const service = await knownService(world, member);
  const timeoutMs = Math.min(service?.healthTimeoutMs ?? anyHealthTimeoutMs, proofMs);
  return proveHealthy({ driver, probe, clock, environment, id: member.id, health: service?.health, timeoutMs, signal });
}

/** How long a member may take to end when it is asked to. */
export async function graceOf(world: KeeperWorld, member: Member): Promise<number> {
  return (await knownService(world, member))?.graceMs ?? anyGraceMs;
}

/** How long a member's requests may take before it is stopped all the same. */
export async function drainLimitOf(world: KeeperWorld, member: Member): Promise<number> {
  return (await knownService(world, member))?.drainTimeoutMs ?? defaultDrainTimeoutMs;
}

async function knownService({ specOf }: KeeperWorld, member: Member) {
  const spec = await specOf(member.deployment);
  return spec && serviceOf(spec, member);
}
