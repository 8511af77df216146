import type { Driver, Exit, Instance } from "../drivers/driver.ts";
import type { Failure } from "../errors/failure.ts";

/** How many of an instance's last lines stand in a failure. */
const outputLines = 20;

/** Why an instance that ended by itself is gone, with the last it said. */
export async function exitedFailure(driver: Driver, instance: Instance, exit: Exit): Promise<Failure> {
  return {
    code: "instance-exited",
    message: `Instance ${instance.id} ended by itself (${describeExit(exit)})`,
    cause: await lastOutput(driver, instance.environment, instance.id),
    hint: `See all of its output: tidegate logs ${instance.environment} --instance ${instance.id}`,
  };
}

/** Why an instance was given up on: what it answered, and the last it said. */
export async function unhealthyFailure(
  driver: Driver,
  instance: Instance,
  timeoutMs: number,
  answers: readonly string[],
): Promise<Failure> {
  const health = answers.length === 0 ? "It never answered." : `Health answers: ${answers.join(", then ")}`;
  const output = await lastOutput(driver, instance.environment, instance.id);
  return {
    code: "instance-unhealthy",
    message: `Instance ${instance.id} was not healthy after ${timeoutMs / 1000} s`,
    cause: `${health}\n${output}`,
    hint: `See all of its output: tidegate logs ${instance.environment} --instance ${instance.id}`,
  };
}

/** A throw inside of the work: a bug, told like any other failure. */
export function unexpectedFailure(error: unknown, what: string): Failure {
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal", message: `${what} ended with an unexpected error`, cause };
}

export async function lastOutput(driver: Driver, environment: string, id: string): Promise<string> {
  const lines = await driver.output(environment, id, outputLines);
  return lines.length === 0 ? "It wrote nothing." : `Last output:\n${lines.join("\n")}`;
}

export function describeExit(exit: Exit): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? "exit status unknown" : `exit status ${exit.code}`;
}
