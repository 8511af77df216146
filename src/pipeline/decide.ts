import type { Problem } from "../definition/problem.ts";
import type { RunReason } from "../events/event.ts";
import { toArgv } from "../process/command.ts";
import type { Entry } from "./entry.ts";
import { type TaskEnvironment, taskEnvironment } from "./environment.ts";
import { type Fingerprinted, fingerprintOf, type NeedDigest } from "./fingerprint.ts";
import { firstDifference } from "./first-difference.ts";
import { type Gathered, inputParts } from "./gather-inputs.ts";
import type { GraphTask } from "./graph.ts";
import { compareOutputs, missingBlob, type OutputDifference } from "./restore-outputs.ts";
import type { RunContext } from "./run-context.ts";
import { programsOf } from "./tools.ts";

/** What is to be done for a task, and why. */
export type Decision =
  | {
      readonly kind: "hit";
      readonly entry: Entry;
      readonly fingerprinted: Fingerprinted;
      readonly difference: OutputDifference;
    }
  | { readonly kind: "run"; readonly reason: RunReason; readonly fingerprinted?: Fingerprinted }
  | { readonly kind: "impossible"; readonly problems: readonly Problem[] };

/** The environment that a task of this run gets. */
export function environmentOf(context: RunContext, { task }: GraphTask): TaskEnvironment {
  return taskEnvironment(context.environment, task.env ?? [], context.projectFolder);
}

/**
 * Decides whether a task's result is known: only when everything that may change it was looked at and is as it was for
 * a result whose every byte is there. `gathered` is absent for tasks that declare no inputs.
 */
export async function decide(
  context: RunContext,
  task: GraphTask,
  gathered: Gathered | undefined,
  needs: readonly NeedDigest[],
): Promise<Decision> {
  if (gathered === undefined) return { kind: "run", reason: { reason: "notCacheable", because: "noInputs" } };
  if (gathered.problems.length > 0) return { kind: "impossible", problems: gathered.problems };
  if (task.task.cache === false) return { kind: "run", reason: { reason: "notCacheable", because: "cacheOff" } };
  const { parts, unreadable } = inputParts(context.projectFolder, gathered, context.index);
  if (unreadable.length > 0)
    return { kind: "impossible", problems: unreadable.map((path) => unreadableInput(task, path)) };
  const fingerprinted = fingerprint(context, task, parts, needs);
  if (context.force) return { kind: "run", reason: { reason: "forced" }, fingerprinted };
  return await lookUp(context, task, fingerprinted);
}

function fingerprint(
  context: RunContext,
  task: GraphTask,
  inputs: Fingerprinted["parts"],
  needs: readonly NeedDigest[],
): Fingerprinted {
  const { variables, counting } = environmentOf(context, task);
  return fingerprintOf({
    task: task.task,
    inputs,
    needs,
    environment: [...counting].map(
      ([name, value]) => [name, value === undefined ? undefined : context.key.digest(`${name}=${value}`)] as const,
    ),
    tools: context.tools.of(programsOf(toArgv(task.task.run)), variables.PATH!),
    platform: `${process.platform}-${process.arch}`,
  });
}

async function lookUp(context: RunContext, task: GraphTask, fingerprinted: Fingerprinted): Promise<Decision> {
  const { cache, projectFolder, index } = context;
  const found = cache.find(fingerprinted.fingerprint);
  if (found.found === "nothing") return { kind: "run", reason: whyNew(context, task, fingerprinted), fingerprinted };
  if (found.found === "damaged") return damaged("entry", fingerprinted);
  const difference = compareOutputs(projectFolder, task.patterns.outputs, found.entry.outputs, index);
  const missing = await missingBlob(difference, cache.blobs);
  if (missing !== undefined) return damaged(`output:${missing}`, fingerprinted);
  return { kind: "hit", entry: found.entry, fingerprinted, difference };
}

/** The decision for an entry of which a part turned out to be unusable. */
function damaged(part: string, fingerprinted: Fingerprinted): Decision {
  return { kind: "run", reason: { reason: "damagedEntry", part }, fingerprinted };
}

/** The same parts as last time without an entry: the task did not succeed then, or its result could not be kept. */
function whyNew({ cache }: RunContext, { name }: GraphTask, { parts }: Fingerprinted): RunReason {
  const last = cache.lastParts(name);
  return (last && firstDifference(last, parts)) ?? { reason: "firstTime" };
}

function unreadableInput({ name }: GraphTask, path: string): Problem {
  return {
    code: "no-such-input",
    path: ["pipeline", name, "inputs"],
    message: `The input ${path} cannot be read`,
    hint: "Make it readable for this user, or exclude it with `!`.",
  };
}
