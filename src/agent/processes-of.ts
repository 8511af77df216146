import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { InstanceSpec, JobSpec } from "../drivers/driver.ts";
import { processEnvironment } from "../environment/instance-env.ts";
import { serviceOf } from "../environment/routes.ts";
import type { DeploymentSpec, Member } from "../environment/spec.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { JobRequest } from "../rollout/performer.ts";
import type { Secret } from "../secrets/secret.ts";
import type { AgentWorld } from "./world.ts";

/** What to start for an instance: the release's folder, the service's command, the whole environment. */
export function instanceSpec(world: AgentWorld, spec: DeploymentSpec, member: Member): Result<InstanceSpec> {
  const secrets = secretsOf(world, spec, member.deployment);
  if (!secrets.ok) return secrets;
  const service = serviceOf(spec, member);
  if (service === undefined) {
    return failed({
      code: "unknown-service",
      message: `Deployment ${member.deployment} has no service ${member.service}`,
    });
  }
  return ok({
    id: member.id,
    environment: spec.environment,
    directory: releaseFolder(world, spec.release),
    command: service.run,
    env: processEnvironment(spec, secrets.value, place(world, spec, member.service, member.id)),
    service: member.service,
    release: member.release,
    deployment: member.deployment,
    listens: service.route !== false,
  });
}

/** What to run for a migration or a check. */
export function jobSpec(world: AgentWorld, spec: DeploymentSpec, deployment: number, job: JobRequest): Result<JobSpec> {
  const secrets = secretsOf(world, spec, deployment);
  if (!secrets.ok) return secrets;
  return ok({
    id: job.id,
    environment: spec.environment,
    directory: releaseFolder(world, spec.release),
    command: job.command,
    env: { ...processEnvironment(spec, secrets.value, place(world, spec, job.service, job.id)), ...job.env },
    timeoutMs: job.timeoutMs,
  });
}

export function secretsOf(
  world: AgentWorld,
  spec: DeploymentSpec,
  deployment: number,
): Result<ReadonlyMap<string, Secret>> {
  if (Object.keys(spec.secrets).length === 0) return ok(new Map());
  return world.vault.get(deployment, spec.environment);
}

export function releaseFolder(world: AgentWorld, release: string): string {
  return join(world.paths.releases, release.replace("sha256:", ""));
}

function place(world: AgentWorld, spec: DeploymentSpec, service: string, id: string) {
  const dataFolder = world.paths.dataOf(spec.environment);
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  return { service, id, dataFolder };
}
