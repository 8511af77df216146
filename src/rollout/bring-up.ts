import type { Driver, Instance, InstanceSpec } from "../drivers/driver.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import type { Clock } from "../process/clock.ts";
import { exitedFailure, unhealthyFailure } from "./evidence.ts";
import type { Probe } from "./probe.ts";

export interface BringUp {
  readonly driver: Driver;
  readonly probe: Probe;
  readonly emit: Emit;
  readonly clock: Clock;
  readonly spec: InstanceSpec;
  readonly token: number;
  readonly health: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How long one health question may take, and how long to wait before the next. */
const askMs = 2_000;
const pauseMs = 100;
/** A worker that listens nowhere counts as healthy when it still runs after this. */
const workerMs = 1_000;
/** Health answers kept as evidence: only those that differ from the one before. */
const answersKept = 5;

/**
 * Starts an instance and waits until it is healthy. One that runs already is only asked. Fails with
 * `instance-exited` or `instance-unhealthy`, the evidence inside; the instance is left as it is.
 */
export async function bringUp(request: BringUp): Promise<Result<Instance>> {
  const { driver, emit, spec, token, clock } = request;
  const begun = clock.monotonic();
  const started = await driver.start(spec, token);
  if (!started.ok) return started;
  const instance = started.value;
  const { host, port } = instance.address ?? { host: "no address", port: "" };
  emit({
    type: "instanceStarted",
    environment: spec.environment,
    instance: spec.id,
    address: port ? `${host}:${port}` : host,
  });

  const healthy = await untilHealthy(request, instance, begun, spec.command);
  if (!healthy.ok) return healthy;
  emit({
    type: "instanceHealthy",
    environment: spec.environment,
    instance: spec.id,
    afterMs: Math.round(clock.monotonic() - begun),
  });
  return ok(instance);
}

/** Whom to ask whether it is healthy. */
export interface Proof extends Pick<BringUp, "driver" | "probe" | "clock" | "health" | "timeoutMs" | "signal"> {
  readonly environment: string;
  readonly id: string;
}

/** Waits until an instance that runs is healthy, and starts none. Fails as `bringUp` does. */
export async function proveHealthy(proof: Proof): Promise<Result<void>> {
  const { driver, environment, id, clock } = proof;
  const observed = await driver.observe(environment);
  if (!observed.ok) return observed;
  const instance = observed.value.find((one) => one.id === id);
  if (instance !== undefined) return untilHealthy(proof, instance, clock.monotonic());
  return failed({ code: "instance-exited", message: `Instance ${id} does not run any more` });
}

async function untilHealthy(
  request: Omit<Proof, "environment" | "id">,
  instance: Instance,
  begun: number,
  command?: InstanceSpec["command"],
): Promise<Result<void>> {
  const { driver, timeoutMs, clock, signal } = request;
  const answers: string[] = [];
  while (!signal.aborted) {
    const observed = await driver.observe(instance.environment);
    if (!observed.ok) return observed;
    const now = observed.value.find(({ id }) => id === instance.id);
    if (now?.state.state !== "running") {
      const exit = now?.state.exit ?? { code: null, signal: null };
      return failed(await exitedFailure(driver, instance, exit, command));
    }
    if (await isHealthy(request, instance, begun, answers)) return ok();
    if (clock.monotonic() - begun > timeoutMs) {
      return failed(await unhealthyFailure(driver, instance, timeoutMs, answers));
    }
    await clock.wait(pauseMs, signal);
  }
  return failed({ code: "deployment-aborted", message: `Starting ${instance.id} was abandoned on request` });
}

async function isHealthy(
  request: Pick<BringUp, "probe" | "health" | "clock">,
  instance: Instance,
  begun: number,
  answers: string[],
): Promise<boolean> {
  if (instance.address === undefined) return request.clock.monotonic() - begun >= workerMs;
  const { healthy, answer } = await request.probe(instance.address, request.health, askMs);
  if (!healthy && answers.at(-1) !== answer)
    answers.splice(0, answers.length, ...answers.slice(1 - answersKept), answer);
  return healthy;
}
