import { dirname, resolve } from "node:path";
import { type Confinement, confinementOf, levelOf } from "../../cache/entries/confinement.ts";
import { type Fingerprinted, fingerprintSchema } from "../../cache/fingerprint/fingerprint.ts";
import { firstDifference } from "../../cache/fingerprint/first-difference.ts";
import { type KeptOutputs, keepOutputs, type NotKept } from "../../cache/outputs/keep-outputs.ts";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import type { OutputManifest } from "../../cache/outputs/manifest.ts";
import type { CacheDecision, CoverageFigures, LinkedOutput, TestCounts } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { barredOutput } from "../../graph/patterns/barred-output.ts";
import { isWithin } from "../../graph/patterns/pattern.ts";
import { inputParts } from "../../inputs/gather-inputs.ts";
import type { Part } from "../../inputs/part.ts";
import type { RunContext } from "../../runner/run-context.ts";
import type { TaskLog } from "../../runner/task-log.ts";

/** What a success leaves, besides its outputs. */
export interface Success {
  readonly log: TaskLog;
  readonly durationMs: number;
  readonly tests: TestCounts | undefined;
  readonly coverage: CoverageFigures | undefined;
  /** An output that contains a secret. */
  readonly leaking?: string | undefined;
}

export interface KeptResult {
  readonly cache: CacheDecision;
  /** Absent when not even described: then nothing that needs this task can be fingerprinted. */
  readonly outputs?: OutputManifest;
}

type NotStored = Extract<CacheDecision, { stored: false }>;

/**
 * Keeps the result of a task that succeeded, if it is certain what it is a result of. The decision says whether it was
 * kept, and why not; a result that cannot be kept does not make the task fail.
 */
export async function keepResult(
  context: RunContext,
  task: GraphTask,
  fingerprinted: Fingerprinted | undefined,
  success: Success,
): Promise<KeptResult> {
  const blocked = whyNot(context, task, fingerprinted) ?? whyLeaking(success);
  const listing = listOutputs(context.projectFolder, task.patterns.outputs);
  const kept = await keepOutputs(
    context.projectFolder,
    listing,
    context.index,
    blocked ? undefined : context.cache.blobs,
  );
  if (!kept.ok) return { cache: storeFailed(kept.failures[0]!.message), ...(await described(context, listing)) };
  if (!kept.value.ok) return { cache: blocked ?? storeFailed(notKeptDetail(kept.value)) };
  const outputs = kept.value.manifest;
  if (blocked !== undefined) return { cache: blocked, outputs };
  return { cache: await saveEntry(context, task, fingerprinted!, success, outputs), outputs };
}

/** Without room for the bytes, the digests are still known. */
async function described(
  context: RunContext,
  listing: ReturnType<typeof listOutputs>,
): Promise<{ readonly outputs?: OutputManifest }> {
  const kept = await keepOutputs(context.projectFolder, listing, context.index, undefined);
  return kept.ok && kept.value.ok ? { outputs: kept.value.manifest } : {};
}

function whyNot(context: RunContext, task: GraphTask, fingerprinted: Fingerprinted | undefined): NotStored | undefined {
  if (task.patterns.inputs === undefined) return { stored: false, because: "noInputs" };
  if (task.task.cache === false) return { stored: false, because: "cacheOff" };
  if (fingerprinted === undefined)
    return { stored: false, because: "storeFailed", detail: "what it needs is not known" };
  const changed = changedInput(context, task, fingerprinted.parts);
  return changed === undefined ? undefined : { stored: false, because: "inputsChanged", detail: changed };
}

/** The cache outlives the task and may be shared. */
function whyLeaking({ leaking }: Success): NotStored | undefined {
  return leaking === undefined ? undefined : storeFailed(`The output ${leaking} contains a secret`);
}

/** The first input that is no longer as it was when the fingerprint was taken: the task may have seen either. */
function changedInput(context: RunContext, task: GraphTask, parts: readonly Part[]): string | undefined {
  const gathered = context.inputs.gather([task]).get(task.name)!;
  const refused = gathered.problems[0];
  if (refused !== undefined) return refused.message;
  const after = inputParts(context.projectFolder, gathered, context.index);
  const before = parts.filter(([name]) => name.startsWith("input:"));
  return after.unreadable[0] ?? firstDifference(before, after.parts)?.part.slice("input:".length);
}

async function saveEntry(
  context: RunContext,
  task: GraphTask,
  { fingerprint, parts }: Fingerprinted,
  { log, durationMs, tests, coverage }: Success,
  outputs: OutputManifest,
): Promise<CacheDecision> {
  if (log.error !== undefined) return storeFailed(`The log is not whole: ${(log.error as Error).message}`);
  const stored = await context.cache.blobs.putFile(log.path);
  if (!stored.ok) return storeFailed(stored.failures[0]!.message);
  const { digest } = stored.value;
  const head = { schema: fingerprintSchema, task: task.name, fingerprint, parts, outputs, log: digest };
  try {
    const made = {
      durationMs,
      createdAt: context.now(),
      place: context.projectFolder,
      confinement: confinementIn(context, task),
    };
    context.cache.save({ ...head, ...made, ...(tests && { tests }), ...(coverage && { coverage }) });
  } catch (error) {
    const failure = fileFailure(error);
    if (failure === undefined) throw error;
    return storeFailed(failure.message);
  }
  const leadsOut = linkOut(context.projectFolder, outputs);
  return { stored: true, fingerprint, ...(leadsOut && { leadsOut }) };
}

function linkOut(projectFolder: string, { entries }: OutputManifest): LinkedOutput | undefined {
  const links = entries.filter((entry) => entry.kind === "link");
  const link = links.find(
    ({ path, target }) => !isWithin(resolve(projectFolder, dirname(path), target), projectFolder),
  );
  return link && { path: link.path, target: link.target };
}

/** What is only observed is not confined. */
function confinementIn({ audit, confine }: RunContext, { name, task }: GraphTask): Confinement {
  return confinementOf(audit.has(name) ? "declared" : levelOf(task, confine), task);
}

function storeFailed(detail: string): NotStored {
  return { stored: false, because: "storeFailed", detail };
}

function notKeptDetail({ notKept }: Extract<KeptOutputs, { ok: false }>): string {
  return `The output ${notKept.path} ${whatIsWrong(notKept)}`;
}

function whatIsWrong({ path, because }: NotKept): string {
  switch (because) {
    case "kind":
      return "is not a file, link or folder";
    case "name":
      return "has a name that is not UTF-8";
    case "barred":
      return `${barredOutput(path)?.what}, and is kept only when \`outputs\` name exactly it and \`because\` says why`;
    case "privileged":
      return "has more rights than its user, which cannot be removed";
    case "unreadable":
      return "cannot be read";
  }
}
