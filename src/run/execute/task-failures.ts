import type { Failure } from "../../errors/failure.ts";
import type { FailingTest } from "../../events/event.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { showCommand } from "../../process/command.ts";
import type { CommandEnd } from "../../runner/commands/run-command.ts";

/** What is known of an attempt that did not succeed. */
export interface Evidence {
  /** The lines of its output that say most. */
  readonly lines: string;
  /** How what it missed can be had. */
  readonly advice?: string | undefined;
  readonly failing: readonly FailingTest[];
  readonly timeoutMs: number;
}

const shownTests = 20;

/** The failure of a task whose command did not end well. */
export function commandFailure(task: GraphTask, end: CommandEnd, evidence: Evidence): Failure {
  const cause = causeOf(evidence);
  const common = { message: messageOf(task, end, evidence), ...(cause !== "" && { cause }) };
  if (end.how === "timedOut") {
    const hint = "Give it more time with `timeout`, or find out what it is waiting for.";
    return { code: "task-timeout", ...common, hint };
  }
  const hint = evidence.advice ?? hintOf(task, end);
  return { code: "task-failed", ...common, ...(hint !== undefined && { hint }) };
}

/** A command whose program was not found was not started at all. */
export function programMissing(task: GraphTask, program: string, hint: string): Failure {
  return {
    code: "task-failed",
    message: `Task "${task.name}" could not start: there is no program ${program}`,
    cause: `${showCommand(task.task.run)}: ${program} was found neither in node_modules/.bin nor on PATH`,
    hint,
  };
}

/** The command said that all is well, but its own report says that tests failed. */
export function failingTests(task: GraphTask, failed: number, evidence: Evidence): Failure {
  const tests = failed === 1 ? "1 test that failed" : `${failed} tests that failed`;
  const message = `Task "${task.name}" succeeded, but its report has ${tests}`;
  return { code: "task-failed", message, cause: causeOf(evidence) };
}

/** The command said that all is well, but a report claims failures without telling which: it proves nothing. */
export function untoldFailures(task: GraphTask, path: string, failures: number): Failure {
  const told =
    failures === 1 ? "1 failure that it does not describe" : `${failures} failures that it does not describe`;
  return {
    code: "task-failed",
    message: `Task "${task.name}" succeeded, but its report ${path} claims ${told}`,
    hint: "Make the test runner exit with a code other than 0 when tests fail, or make it write what failed to the report.",
  };
}

export function reportInvalid(task: GraphTask, path: string, because: string): Failure {
  const message = `The test report ${path} of task "${task.name}" cannot be read`;
  return { code: "report-invalid", message, cause: because };
}

export function outputMissing(task: GraphTask, output: string): Failure {
  return {
    code: "task-output-missing",
    message: `Task "${task.name}" succeeded but did not write ${output}`,
    hint: "Correct `outputs` in the definition, or the command: outputs are removed before the task runs.",
  };
}

/** What the system says of outputs that nobody can walk through or remove: they stand too deep, or something is mounted there. */
const outputErrors = new Set([
  "ENAMETOOLONG",
  "ELOOP",
  "EBUSY",
  "ENOTEMPTY",
  "ENOTDIR",
  "EISDIR",
  "EEXIST",
  "EIO",
  "EINVAL",
]);

/** The failure of a task whose outputs the system refuses to read or remove; `undefined` when the error is another one. */
export function unusableOutput(projectFolder: string, task: string, error: unknown): Failure | undefined {
  const { code = "", path, syscall = "the system" } = error as NodeJS.ErrnoException;
  if (!outputErrors.has(code) || path === undefined || !path.startsWith(`${projectFolder}/`)) return undefined;
  const inside = path.slice(projectFolder.length + 1);
  return {
    code: "output-unusable",
    message: `An output of task "${task}" can be neither read nor removed: ${shortened(inside)}`,
    cause: `${syscall}: ${code}`,
    hint: "Remove it by hand, and make the command write something simpler.",
  };
}

function shortened(path: string): string {
  return path.length > 120 ? `${path.slice(0, 80)}… (${path.split("/").length} folders deep)` : path;
}

function messageOf({ name }: GraphTask, end: CommandEnd, { timeoutMs }: Evidence): string {
  switch (end.how) {
    case "exited":
      return `Task "${name}" ended with exit code ${end.code}`;
    case "signalled":
      return `Task "${name}" was ended by ${end.signal}`;
    case "notStarted":
      return `Task "${name}" could not start: ${end.error.message}`;
    case "timedOut":
      return `Task "${name}" took longer than ${timeoutMs / 1000} s and was ended`;
    case "cancelled":
      return `Task "${name}" was cancelled`;
  }
}

/** What a shell's own exit codes mean. */
function hintOf({ task }: GraphTask, end: CommandEnd): string | undefined {
  if (end.how !== "exited") return undefined;
  if (end.code === 127) return `A program in \`${showCommand(task.run)}\` was not found.`;
  return end.code === 126 ? `A program in \`${showCommand(task.run)}\` is not executable.` : undefined;
}

function causeOf({ failing, lines }: Evidence): string {
  const tests = failing.slice(0, shownTests).map(({ name, message, file, line }) => {
    const where = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
    return `✗ ${name}${where}${message === "" ? "" : `\n  ${message.split("\n")[0]}`}`;
  });
  return [tests.join("\n"), lines].filter((text) => text !== "").join("\n\n");
}
