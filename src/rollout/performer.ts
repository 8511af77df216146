import type { Driver, JobSpec } from "../drivers/driver.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import type { FailureCode } from "../errors/codes.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import { describeExit, lastOutput } from "./evidence.ts";
import type { FleetKeeper } from "./fleet-keeper.ts";
import type { Step } from "./step.ts";

/** Does a step in the world. Every step is safe to do again. Must settle soon after `signal` is aborted. */
export type Perform = (step: Step, signal: AbortSignal) => Promise<Result<void>>;

export interface PerformerWorld {
  readonly spec: DeploymentSpec;
  readonly keeper: FleetKeeper;
  readonly driver: Driver;
  readonly emit: Emit;
  readonly token: () => number;
  /** Unpacks the release where instances and jobs run; idempotent. */
  readonly unpack: (signal: AbortSignal) => Promise<Result<void>>;
  /** A job in the release's folder with the service's environment, and more variables. */
  readonly jobSpec: (job: JobRequest) => Promise<Result<JobSpec>>;
  /** Where an instance listens now. */
  readonly addressOf: (member: string) => Promise<string | undefined>;
  readonly deployment: number;
}

export interface JobRequest {
  readonly id: string;
  readonly service: string;
  readonly command: string | readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}

/** How long requests under way may take before their instance is stopped all the same. */
const drainLimitMs = 30_000;
const migrationLimitMs = 10 * 60_000;

export function performer(world: PerformerWorld): Perform {
  const { keeper, deployment } = world;
  return async (step, signal) => {
    switch (step.kind) {
      case "migrate":
        return migrate(world, step.service, signal);
      case "check":
        return check(world, step, signal);
      case "start": {
        const unpacked = await world.unpack(signal);
        return unpacked.ok ? keeper.start(step.members, signal) : unpacked;
      }
      case "route":
        return route(world, step.members);
      case "drain":
        return drain(world, step.members, signal);
      case "stop":
        return keeper.stop(step.members);
      default:
        return step satisfies never;
    }
  };
}

async function migrate(world: PerformerWorld, name: string, signal: AbortSignal): Promise<Result<void>> {
  const service = world.spec.services.find((candidate) => candidate.name === name);
  if (service?.migrate === undefined) return ok();
  const unpacked = await world.unpack(signal);
  if (!unpacked.ok) return unpacked;
  return runJob(world, {
    job: {
      id: `d${world.deployment}-migrate-${name}`,
      service: name,
      command: service.migrate,
      timeoutMs: migrationLimitMs,
      env: {},
    },
    code: "migration-failed",
    what: `The migration of ${name}`,
    signal,
  });
}

async function check(
  world: PerformerWorld,
  step: Step & { kind: "check" },
  signal: AbortSignal,
): Promise<Result<void>> {
  const gate = world.spec.checks.find((candidate) => candidate.name === step.name);
  if (gate === undefined) return ok();
  const address = await world.addressOf(step.against.id);
  return runJob(world, {
    job: {
      id: `d${world.deployment}-check-${step.name}`,
      service: step.against.service,
      command: gate.run,
      timeoutMs: gate.timeoutMs,
      env: address === undefined ? {} : { TIDEGATE_URL: `http://${address}` },
    },
    code: "check-failed",
    what: `The check "${step.name}"`,
    signal,
  });
}

interface Job {
  readonly job: JobRequest;
  readonly code: FailureCode;
  /** For people: what the job is. */
  readonly what: string;
  readonly signal: AbortSignal;
}

async function runJob(world: PerformerWorld, { job, code, what, signal }: Job): Promise<Result<void>> {
  const { driver, emit, spec, deployment } = world;
  const jobSpec = await world.jobSpec(job);
  if (!jobSpec.ok) return jobSpec;
  const ran = await driver.runJob(jobSpec.value, world.token(), signal);
  const output = await driver.output(spec.environment, job.id, 1_000);
  if (output.length > 0) {
    emit({ type: "jobOutput", environment: spec.environment, deployment, job: job.id, text: output.join("\n") });
  }
  if (!ran.ok) return ran;
  const { exit, timedOut } = ran.value;
  if (exit.code === 0 && !timedOut) return ok();
  return failed({
    code,
    message: timedOut ? `${what} took longer than ${job.timeoutMs / 1000} s` : `${what} failed (${describeExit(exit)})`,
    cause: await lastOutput(driver, spec.environment, job.id),
  });
}
