import type { Driver, Exit, Instance } from "../drivers/driver.ts";
import { failedWrites, writesLine } from "../drivers/failed-writes.ts";
import { outputLines } from "../drivers/output-lines.ts";
import type { Failure } from "../errors/failure.ts";
import { showBytes } from "../errors/quantities.ts";

/** How many of an instance's last lines stand in a failure. */
const shownLines = 20;

/** Why an instance that ended by itself is gone, with the last it said. */
export async function exitedFailure(driver: Driver, instance: Instance, exit: Exit): Promise<Failure> {
  const lines = await outputLines(driver, instance.environment, instance.id, shownLines);
  if (exit.limit !== undefined) return overLimit(instance, exit, lines);
  return {
    code: "instance-exited",
    message: `Instance ${instance.id} ended by itself (${describeExit(exit)})`,
    cause: showOutput(lines),
    hint: writesHint(lines, instance.release) ?? logsHint(instance),
  };
}

/** The system ends what uses more memory than it may, without a word to it. */
function overLimit(instance: Instance, exit: Exit, lines: readonly string[]): Failure {
  const { id, service, limits } = instance;
  const bytes = limits?.memoryBytes;
  const used = `it used more memory than its limit${bytes === undefined ? "" : ` of ${showBytes(bytes)}`}`;
  return {
    code: "instance-exited",
    message: `Instance ${id} was ended (${describeExit(exit)}): ${used}`,
    cause: showOutput(lines),
    hint: `${logsHint(instance)}\nIf it needs more: raise \`limits\` of the service "${service}".`,
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
  const lines = await outputLines(driver, instance.environment, instance.id, shownLines);
  const hint = answers.length > 0 && answers.every(isRefused) ? notListening : logsHint(instance);
  return {
    code: "instance-unhealthy",
    message: `Instance ${instance.id} was not healthy after ${timeoutMs / 1000} s`,
    cause: `${health}\n${showOutput(lines)}`,
    hint: writesHint(lines, instance.release) ?? hint,
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

/** What to do about a process that could not write to its release; `undefined` when its last lines don't say that. */
export function writesHint(lines: readonly string[], release: string): string | undefined {
  const paths = failedWrites(lines, release);
  return paths === undefined ? undefined : writesLine(paths);
}

/** The last lines of an instance or a job, as evidence for a failure. */
export function showOutput(written: readonly string[]): string {
  const lines = written.slice(-shownLines);
  return lines.length === 0 ? "It wrote nothing." : `Last output:\n${lines.join("\n")}`;
}

/** How a process ended, for people: `exit status 1`, `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? "exit status unknown" : `exit status ${exit.code}`;
}
