import type { Driver, Exit, Instance, InstanceSpec } from "../drivers/driver.ts";
import { failedWrites, writesLine } from "../drivers/failed-writes.ts";
import { outputLines } from "../drivers/output-lines.ts";
import type { Failure } from "../errors/failure.ts";
import { showBytes } from "../errors/quantities.ts";
import { isBuiltIn } from "../process/built-in.ts";
import { showCommand } from "../process/command.ts";
import { modulesHint } from "./missing-module.ts";

/** How many of an instance's last lines stand in a failure. */
const shownLines = 20;

/** Why an instance that ended by itself is gone, with the last it said; `command`: what was started. */
export async function exitedFailure(
  driver: Driver,
  instance: Instance,
  exit: Exit,
  command?: InstanceSpec["command"],
): Promise<Failure> {
  const lines = await outputLines(driver, instance.environment, instance.id, shownLines);
  if (exit.limit !== undefined) return overLimit(instance, exit, lines);
  return {
    code: "instance-exited",
    message: `Instance ${instance.id} exited on its own (${describeExit(exit)})`,
    cause: showOutput(lines),
    ...(lines.length === 0 && command !== undefined
      ? silence(command)
      : { hint: releaseHint(lines, instance.release) ?? logsHint(instance) }),
  };
}

/** There are no logs to look at: what was started is all that is known, and a terminal often hears more. */
function silence(command: InstanceSpec["command"]): Pick<Failure, "cause" | "hint"> {
  const shown = showCommand(command);
  const cause = `It wrote nothing. What was started: ${shown}`;
  if (isBuiltIn(command) || typeof command !== "string") return { cause };
  const hint = `Many programs say more in a terminal, and some only with LOG_LEVEL. In the project's folder:
  PORT=3000 LOG_LEVEL=debug ${shown}`;
  return { cause, hint };
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
    hint: releaseHint(lines, instance.release) ?? hint,
  };
}

const notListening =
  "Nothing is listening there: the service must listen on the HOST and PORT given in its environment variables.";

function isRefused(answer: string): boolean {
  return answer === "ECONNREFUSED";
}

function logsHint({ environment, id }: Instance): string {
  return `See all of its output: tidegate logs ${environment} --instance ${id}`;
}

/**
 * What to do about a process that could not write to its release, or did not find a package in it; `undefined` when its last lines
 * say neither.
 */
export function releaseHint(lines: readonly string[], release: string): string | undefined {
  const paths = failedWrites(lines, release);
  return paths === undefined ? modulesHint(lines) : writesLine(paths);
}

/** The last lines of an instance or a job, as evidence for a failure. */
export function showOutput(written: readonly string[]): string {
  const lines = written.slice(-shownLines);
  return lines.length === 0 ? "It wrote nothing." : `Last output:\n${lines.join("\n")}`;
}

/** The last that an instance wrote, beside a failure that others found of it. */
export async function lastWords(driver: Driver, environment: string, id: string): Promise<string> {
  const lines = await outputLines(driver, environment, id, shownLines);
  return lines.length === 0 ? `${id} wrote nothing.` : `Last output of ${id}:\n${lines.join("\n")}`;
}

/** How a process ended, for people: `exit status 1`, `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? "exit status unknown" : `exit status ${exit.code}`;
}
