import type { Driver, Job as DriverJob, JobSpec } from "../drivers/driver.ts";
import { outputLines } from "../drivers/output-lines.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import type { FailureCode } from "../errors/codes.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import { defaultMigrateTimeoutMs, isPublic } from "../records/service.ts";
import type { Member } from "../strategies/fleet.ts";
import type { Step } from "../strategies/step.ts";
import { describeExit, releaseHint, showOutput } from "./evidence.ts";

/** What migrations and checks are run with. */
export interface JobWorld {
  readonly spec: DeploymentSpec;
  readonly deployment: number;
  readonly driver: Driver;
  readonly emit: Emit;
  readonly token: () => number;
  /** A job in the release's folder with the service's environment, and more variables. */
  readonly jobSpec: (job: JobRequest) => Promise<Result<JobSpec>>;
  /** What a process of a service gets to find those that it needs. */
  readonly linksFor: (service: string) => Promise<Result<Readonly<Record<string, string>>>>;
  /** Where an instance listens now. */
  readonly addressOf: (member: string) => Promise<string | undefined>;
}

export interface JobRequest {
  readonly id: string;
  readonly service: string;
  readonly command: string | readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}

/** How long a job that is given up gets to finish. */
const graceMs = 5_000;
/** How many lines of a job are told. */
const toldLines = 1_000;
/** So often in a row a driver may fail to say how a job is. */
const triesToObserve = 20;

/** Ids of the jobs that a deployment may have run. */
export function jobIdsOf(spec: DeploymentSpec, deployment: number): string[] {
  const migrations = spec.services.filter((service) => service.migrate !== undefined);
  return [
    ...migrations.map(({ name }) => migrationId(deployment, name)),
    ...spec.checks.flatMap(({ name }) => [
      checkId(deployment, name),
      ...spec.services.filter(isPublic).map((service) => checkId(deployment, name, service.name)),
    ]),
  ];
}

function migrationId(deployment: number, service: string): string {
  return `d${deployment}-migrate-${service}`;
}

/** Without a service: as it was when a check was run against one service only. */
function checkId(deployment: number, check: string, service?: string): string {
  return `d${deployment}-check-${check}${service === undefined ? "" : `-${service}`}`;
}

export async function runMigration(world: JobWorld, name: string, signal: AbortSignal): Promise<Result<void>> {
  const service = world.spec.services.find((candidate) => candidate.name === name);
  if (service?.migrate === undefined) return ok();
  return runJob(world, {
    job: {
      id: migrationId(world.deployment, name),
      service: name,
      command: service.migrate,
      timeoutMs: service.migrateTimeoutMs ?? defaultMigrateTimeoutMs,
      env: {},
    },
    code: "migration-failed",
    what: `The migration of ${name}`,
    signal,
  });
}

export function runCheck(world: JobWorld, step: Step & { kind: "check" }, signal: AbortSignal): Promise<Result<void>> {
  return runProof(world, { ...step, id: checkId(world.deployment, step.name, step.against.service) }, signal);
}

/** A gate's check, at any time: the job's id says for what it is run, once. */
export async function runProof(
  world: JobWorld,
  step: { readonly name: string; readonly against: Member; readonly id: string },
  signal: AbortSignal,
): Promise<Result<void>> {
  const gate = world.spec.checks.find((candidate) => candidate.name === step.name);
  if (gate === undefined) return ok();
  const address = await world.addressOf(step.against.id);
  return runJob(world, {
    job: {
      id: step.id,
      service: step.against.service,
      command: gate.run,
      timeoutMs: gate.timeoutMs,
      env: address === undefined ? {} : { TIDEGATE_URL: `http://${address}` },
    },
    code: "check-failed",
    what: `The check "${step.name}" against ${step.against.id}`,
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

async function runJob(world: JobWorld, { job, code, what, signal }: Job): Promise<Result<void>> {
  const { driver, emit, spec, deployment } = world;
  const links = await world.linksFor(job.service);
  if (!links.ok) return links;
  const jobSpec = await world.jobSpec({ ...job, env: { ...links.value, ...job.env } });
  if (!jobSpec.ok) return jobSpec;
  const ended = await untilEnded(world, jobSpec.value, signal);
  const output = await outputLines(driver, spec.environment, job.id, toldLines);
  if (output.length > 0) {
    emit({ type: "jobOutput", environment: spec.environment, deployment, job: job.id, text: output.join("\n") });
  }
  if (!ended.ok) return ended;
  const { exit, timedOut } = ended.value;
  if (exit.code === 0 && !timedOut) return ok();
  const hint = releaseHint(output, spec.release);
  return failed({
    code,
    message: timedOut ? `${what} took longer than ${job.timeoutMs / 1000} s` : `${what} failed (${describeExit(exit)})`,
    cause: showOutput(output),
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Begins the job, or finds the one that an agent before has begun, and waits for its end. When it is given up, everything of
 * it is ended. A driver that cannot be reached for a moment is asked again: the job goes on meanwhile.
 */
async function untilEnded({ driver, token }: JobWorld, job: JobSpec, signal: AbortSignal): Promise<Result<JobEnd>> {
  if (signal.aborted) return interrupted(job);
  const begun = await driver.startJob(job, token());
  if (!begun.ok) return begun;
  let failures = 0;
  for await (const _ of driver.watch(job.environment, signal)) {
    const observed = await driver.observeJob(job.environment, job.id);
    if (!observed.ok && ++failures >= triesToObserve) return observed;
    if (!observed.ok) continue;
    failures = 0;
    const state = observed.value?.state ?? neverBegun;
    if (state.state === "ended") return ok(state);
  }
  const stopped = await driver.stopJob(job.environment, job.id, graceMs, token());
  return stopped.ok ? interrupted(job) : stopped;
}

type JobEnd = Extract<DriverJob["state"], { state: "ended" }>;

/** Who was to look after it died before it began: nothing is known of it, and nothing was done. */
const neverBegun: JobEnd = { state: "ended", exit: { code: null, signal: null }, timedOut: false };

function interrupted({ id, environment }: JobSpec): Result<JobEnd> {
  return failed({ code: "interrupted", message: `${id} in ${environment} was interrupted` });
}
