import type { InstanceSpec, JobSpec, ProcessSpec } from "../../drivers/driver.ts";
import { bringBackCommand } from "../../environment/bring-back.ts";
import { processEnvironment, processFiles } from "../../environment/instance-env.ts";
import { serviceOf } from "../../environment/routes.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { listens } from "../../records/service.ts";
import type { Links } from "../../rollout/gateway-table.ts";
import type { JobRequest } from "../../rollout/jobs.ts";
import type { Secrets } from "../../secrets/secret.ts";
import type { Member } from "../../strategies/fleet.ts";
import type { AgentWorld } from "../world.ts";
import type { EnvironmentResources } from "./resources.ts";

/** What processes of an environment are given their environment from. */
export interface ProcessSource {
  readonly world: Pick<AgentWorld, "vault">;
  readonly resources: Pick<EnvironmentResources, "connections">;
}

/** What to start for an instance: the release, the service's command, the whole environment, `links` included. */
export async function instanceSpec(
  source: ProcessSource,
  spec: DeploymentSpec | undefined,
  member: Member,
  links: Links,
): Promise<Result<InstanceSpec>> {
  const service = spec && serviceOf(spec, member);
  if (spec === undefined || service === undefined) {
    return failed({
      code: "unknown-service",
      message: `Deployment ${member.deployment} has no service ${member.service}`,
    });
  }
  const env = await environmentOf(source, spec, member.deployment, member);
  if (!env.ok) return env;
  return ok({
    id: member.id,
    environment: spec.environment,
    release: spec.release,
    deployment: member.deployment,
    command: service.run,
    ...env.value,
    env: { ...env.value.env, ...links },
    service: member.service,
    listens: listens(service),
    ...(service.limits && { limits: service.limits }),
    ...(service.node !== undefined && { node: service.node }),
  });
}

/** What to run for a migration or a check. */
export async function jobSpec(
  source: ProcessSource,
  spec: DeploymentSpec,
  deployment: number,
  job: JobRequest,
): Promise<Result<JobSpec>> {
  const env = await environmentOf(source, spec, deployment, job);
  if (!env.ok) return env;
  return ok({
    id: job.id,
    environment: spec.environment,
    release: spec.release,
    deployment,
    command: job.command,
    ...env.value,
    env: { ...env.value.env, ...job.env },
    ...nodeOfJob(spec, job.service),
    timeoutMs: job.timeoutMs,
  });
}

/** A check belongs to no service: it gets the Node of the release. */
function nodeOfJob({ services }: DeploymentSpec, service: string): Pick<JobSpec, "node"> {
  const node = (services.find(({ name }) => name === service) ?? services[0])?.node;
  return node === undefined ? {} : { node };
}

/** Those that a deployment was made with. Fails with `secret-unreadable`. */
export function secretsOf(world: Pick<AgentWorld, "vault">, spec: DeploymentSpec, deployment: number): Result<Secrets> {
  if (Object.keys(spec.secrets).length === 0) return ok(new Map());
  const known = world.vault.get(deployment, spec.environment);
  if (known.ok) return known;
  const again = bringBackCommand({ name: spec.environment, secretsLost: true, release: spec.release });
  const hint = `Deploy the same release again, with the secrets at hand: ${again}`;
  return failed(...known.failures.map((failure) => ({ ...failure, hint })));
}

/** What a process gets: its whole environment, and its private files. */
async function environmentOf(
  { world, resources }: ProcessSource,
  spec: DeploymentSpec,
  deployment: number,
  place: { readonly service: string; readonly id: string },
): Promise<Result<Required<Pick<ProcessSpec, "env" | "files">>>> {
  const secrets = secretsOf(world, spec, deployment);
  if (!secrets.ok) return secrets;
  const { service, id } = place;
  const uses = spec.services.find(({ name }) => name === service)?.uses ?? {};
  const used = await resources.connections(uses, secrets.value);
  if (!used.ok) return used;
  const given = { secrets: secrets.value, used: used.value };
  return ok({
    env: processEnvironment(spec, given, { service, id }),
    files: processFiles(spec, given, { service }),
  });
}
