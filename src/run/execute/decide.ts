import { join } from "node:path";
import type { BlobStore } from "../../blobs/blob-store.ts";
import { levelOf, satisfies } from "../../cache/entries/confinement.ts";
import type { Entry } from "../../cache/entries/entry.ts";
import { type Fingerprinted, fingerprintOf, type NeedDigest } from "../../cache/fingerprint/fingerprint.ts";
import { firstDifference } from "../../cache/fingerprint/first-difference.ts";
import { compareOutputs, missingBlob, type OutputDifference } from "../../cache/outputs/restore-outputs.ts";
import type { Problem } from "../../definition/problem.ts";
import type { ConfinementLevel } from "../../definition/types.ts";
import type { RunReason } from "../../events/event.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { matches } from "../../graph/patterns/pattern.ts";
import { packageSearchPath } from "../../graph/workspace/search-path.ts";
import { type TaskEnvironment, taskEnvironment } from "../../inputs/environment.ts";
import { type Gathered, inputParts } from "../../inputs/gather-inputs.ts";
import { programsOf } from "../../inputs/tools.ts";
import { toArgv } from "../../process/command.ts";
import type { RunContext } from "../../runner/run-context.ts";
import { quarantineParts } from "../../test-history/quarantine.ts";

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

/** The environment that a task of this run gets, where `root` stands for the project's folder. */
export function environmentOf(
  context: RunContext,
  { task }: GraphTask,
  root: string = context.projectFolder,
): TaskEnvironment {
  const environment = taskEnvironment(context.environment, task.env ?? [], root);
  const { index, total } = task.expansion ?? {};
  return index === undefined ? environment : withShard(environment, index, total ?? index);
}

/** What a test runner, or a script around it, finds its part of the tests by. */
function withShard({ variables, counting }: TaskEnvironment, index: number, total: number): TaskEnvironment {
  const shard = { TIDEGATE_SHARD_INDEX: String(index), TIDEGATE_SHARD_TOTAL: String(total) };
  return { variables: { ...variables, ...shard }, counting: new Map([...counting, ...Object.entries(shard)]) };
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
  const decision = await decideByContent(context, task, gathered, needs);
  if (decision.kind !== "run") return decision;
  const ignored = (await context.ignored()).get(task.name);
  return ignored === undefined ? decision : { kind: "impossible", problems: ignored };
}

async function decideByContent(
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
  if (context.force || context.audit.has(task.name))
    return { kind: "run", reason: { reason: "forced" }, fingerprinted };
  return await lookUp(context, task, fingerprinted);
}

function fingerprint(
  context: RunContext,
  task: GraphTask,
  inputs: Fingerprinted["parts"],
  needs: readonly NeedDigest[],
): Fingerprinted {
  const { variables, counting } = environmentOf(context, task);
  const seen = [...counting, ...seenByServices(context, task, counting)];
  return fingerprintOf({
    task: task.task,
    inputs: [...inputs, ...quarantineParts(task.task, context.now())],
    needs,
    environment: seen.map(([name, value]) => [name, environmentDigest(context, name, value)] as const),
    tools: context.tools.of(ownPrograms(task), searchPathOf(context, task, variables.PATH!)),
    platform: `${process.platform}-${process.arch}`,
  });
}

/** A result from before a variable was declared a secret may show its value. */
function environmentDigest({ key, secretVariables }: RunContext, name: string, value: string | undefined) {
  if (value === undefined) return undefined;
  const digest = key.digest(`${name}=${value}`);
  return secretVariables.has(name) ? `secret ${digest}` : digest;
}

/** What its services may see of the caller's environment decides the result, too. */
function seenByServices(
  context: RunContext,
  { task }: GraphTask,
  counted: TaskEnvironment["counting"],
): (readonly [string, string | undefined])[] {
  const names = Object.values(task.services ?? {}).flatMap(({ env = [] }) => env);
  const { counting } = taskEnvironment(context.environment, names, context.projectFolder);
  return names.length === 0 ? [] : [...counting].filter(([name]) => !counted.has(name));
}

/**
 * The programs that a task names; those that it names by a path, relative to the project. What it writes itself decides nothing:
 * it is set aside before the task runs (`python3 -m venv .venv && .venv/bin/python -m pip install …`).
 */
function ownPrograms({ task, package: of, patterns }: GraphTask): string[] {
  const commands = [task.run, ...Object.values(task.services ?? {}).map(({ run }) => run)];
  const programs = commands.flatMap((command) => programsOf(toArgv(command)));
  const folder = of?.folder ?? "";
  const named = programs.map((name) => (folder !== "" && /^[^/]+\//.test(name) ? join(folder, name) : name));
  return named.filter((name) => !patterns.outputs.some(({ pattern }) => matches(pattern, name.replace(/^\.\//, ""))));
}

function searchPathOf({ projectFolder, looks }: RunContext, { package: of }: GraphTask, searchPath: string): string {
  return of === undefined ? searchPath : packageSearchPath(projectFolder, of.folder, searchPath, looks);
}

async function lookUp(context: RunContext, task: GraphTask, fingerprinted: Fingerprinted): Promise<Decision> {
  const { cache, projectFolder, index } = context;
  const found = cache.find(fingerprinted.fingerprint);
  if (found.found === "nothing") return { kind: "run", reason: whyNew(context, task, fingerprinted), fingerprinted };
  if (found.found === "damaged") return damaged("entry", fingerprinted);
  const tooWeak = weaker(found.entry, levelOf(task.task, context.confine));
  if (tooWeak !== undefined) return { kind: "run", reason: tooWeak, fingerprinted };
  const elsewhere = await madeElsewhere(context, found.entry);
  if (elsewhere !== undefined) return { kind: "run", reason: elsewhere, fingerprinted };
  const difference = compareOutputs(projectFolder, task.patterns.outputs, found.entry.outputs, index);
  const missing = await missingBlob(difference, cache.blobs);
  if (missing !== undefined) return damaged(`output:${missing}`, fingerprinted);
  return { kind: "hit", entry: found.entry, fingerprinted, difference };
}

/** A result that was made with less confinement than is asked for may come from files that nobody declared. */
function weaker({ confinement }: Entry, wanted: ConfinementLevel): RunReason | undefined {
  const made = confinement?.level ?? "declared";
  if (satisfies(made, wanted)) return undefined;
  return { reason: "changed", part: "task:confine", before: made, after: wanted, others: 0 };
}

/** The place of the project is not in the fingerprint: most results are the same everywhere. Those that are not name it. */
async function madeElsewhere({ projectFolder, cache }: RunContext, entry: Entry): Promise<RunReason | undefined> {
  const { place = projectFolder } = entry;
  if (place === projectFolder) return undefined;
  if (await namesPlace(entry, place, cache.blobs))
    return { reason: "changed", part: "place", before: place, after: projectFolder, others: 0 };
  cache.save({ ...entry, place: projectFolder });
  return undefined;
}

/** The decision for an entry of which a part turned out to be unusable. */
function damaged(part: string, fingerprinted: Fingerprinted): Decision {
  return { kind: "run", reason: { reason: "damagedEntry", part }, fingerprinted };
}

/** The same parts as last time without an entry: the task did not succeed then, or its result could not be kept. */
function whyNew({ cache, previous }: RunContext, { name }: GraphTask, now: Fingerprinted): RunReason {
  const last = cache.lastParts(name);
  if (last === undefined) return { reason: "firstTime" };
  return firstDifference(last, now.parts) ?? previous.whyNoResult(name, now.fingerprint);
}

function unreadableInput({ name }: GraphTask, path: string): Problem {
  return {
    code: "no-such-input",
    path: ["pipeline", name, "inputs"],
    message: `The input ${path} cannot be read`,
    hint: "Make it readable for this user, or exclude it with `!`.",
  };
}

/**
 * Whether a result that was made elsewhere names that place: in an output, in a link or in its log. Then it would say
 * here what was true there. Only the plain text of the path is looked for. What cannot be read counts as naming it.
 */
async function namesPlace({ outputs, log }: Entry, place: string, blobs: BlobStore): Promise<boolean> {
  const files = outputs.entries.filter((output) => output.kind === "file");
  if (outputs.entries.some((output) => output.kind === "link" && output.target.includes(place))) return true;
  for (const digest of new Set([log, ...files.map((file) => file.digest)])) {
    const bytes = await blobs.read(digest);
    if (!bytes.ok || bytes.value === undefined) return true;
    const { buffer, byteOffset, length } = bytes.value;
    if (Buffer.from(buffer, byteOffset, length).includes(place)) return true;
  }
  return false;
}
