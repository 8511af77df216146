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
    hint: logsHint(instance),
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
    hint: answers.length > 0 && answers.every(isRefused) ? notListening : logsHint(instance),
  };
}

const notListening =
  "Nothing listens there: the service must listen on the HOST and PORT of its environment variables.";

function isRefused(answer: string): boolean {
  return answer === "ECONNREFUSED";
}

function logsHint({ environment, id }: Instance): string {
  return `See all of its output: tidegate logs ${environment} --instance ${id}`;
}

/** The last lines of an instance or a job, as evidence for a failure. */
export async function lastOutput(driver: Driver, environment: string, id: string): Promise<string> {
  const lines = await driver.output(environment, id, outputLines);
  return lines.length === 0 ? "It wrote nothing." : `Last output:\n${lines.join("\n")}`;
}

/** How a process ended, for people: `exit status 1`, `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? "exit status unknown" : `exit status ${exit.code}`;
}
