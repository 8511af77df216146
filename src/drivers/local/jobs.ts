import { rmSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { isAlive } from "../../process/identity.ts";
import { findMarkedLeader } from "../../process/mark.ts";
import { endTree, treeMembers } from "../../process/tree.ts";
import type { Exit, Job, JobSpec, Stopped } from "../driver.ts";
import { begin } from "./begin.ts";
import type { Context } from "./context.ts";
import { copyPlace } from "./copies/copy-paths.ts";
import { fence } from "./fence.ts";
import { type Home, markOf, newNonce, outputName, type ProcessName, processFolder } from "./home.ts";
import { readOutcome } from "./job/outcome.ts";
import { endAll, survivedFailure } from "./leftovers.ts";
import { type ProcessRecord, readRecord, updateRecord } from "./record.ts";

/** What a start that never came to anything left behind gets this long to end. */
const leftoverGraceMs = 1_000;
const unknown: Exit = { code: null, signal: null };

/**
 * Begins a job, unless one of that id was ever begun. It is looked after by a process of its own (`job/main.ts`), so that its
 * time limit and its end do not need this one. A damaged record is a failure: nobody knows whether the job has run.
 */
export async function startJob(context: Context, spec: JobSpec, token: number): Promise<Result<Job>> {
  const { home, output, children, copies, changed } = context;
  const refused = fence(home, spec.environment, token);
  if (refused !== undefined) return failed(refused);
  const known = readRecord(home, "jobs", spec.environment, spec.id);
  if (!known.ok) return known;
  const state = known.value && (await stateOf(context, known.value));
  if (known.value !== undefined && state !== undefined) return ok(toJob(known.value, state));
  const name = nameOf(spec);
  if ((await endAll(home, name, known.value, leftoverGraceMs)) === "survived")
    return failed(survivedFailure(spec.environment, spec.id));
  const directory = await copies.folder(home, spec.environment, spec.release);
  if (!directory.ok) return directory;
  // Time has passed: another writer may have come.
  const stale = fence(home, spec.environment, token);
  if (stale !== undefined) return failed(stale);
  output.discard(home, name);
  rmSync(join(processFolder(home, "jobs", spec.environment, spec.id), outputName), { force: true });
  const { data } = copyPlace(home, spec.environment);
  makeFolder(data);
  const { timeoutMs } = spec;
  const own = { TIDEGATE_DATA_DIR: data };
  const record = intent(context, spec, token);
  const begun = await begin({ ...context, kind: "jobs", record, spec, own, directory: directory.value, timeoutMs });
  if (begun.begun === "refused") return failed(begun.failure);
  if (!begun.begun) return ok(toJob(begun.record, { state: "ended", exit: begun.exit, timedOut: false }));
  children.add(record.nonce, begun.launched.exited);
  void begun.launched.exited.then(() => changed(spec.environment));
  return ok(toJob(begun.record, { state: "running" }));
}

/** A job as it is now. Of one that has ended all output is in its log, and its private files are gone. */
export async function observeJob(context: Context, environment: string, id: string): Promise<Result<Job | undefined>> {
  const { home, output, files } = context;
  const known = readRecord(home, "jobs", environment, id);
  if (!known.ok) return known;
  const record = known.value;
  const state = record && (await stateOf(context, record));
  if (record === undefined || state === undefined) return ok(undefined);
  if (state.state === "ended") {
    const name = { kind: "jobs", environment, id } as const;
    await output.finish(home, name);
    files.remove(name);
    note(home, record, state.exit);
  }
  return ok(toJob(record, state));
}

/** Ends a job; the process that looks after it goes last, so that its end is known. */
export async function stopJob(
  context: Context,
  { environment, id, graceMs }: { readonly environment: string; readonly id: string; readonly graceMs: number },
  token: number,
): Promise<Result<Stopped>> {
  const { home, output, files, changed } = context;
  const refused = fence(home, environment, token);
  if (refused !== undefined) return failed(refused);
  const known = readRecord(home, "jobs", environment, id);
  const record = known.ok ? known.value : undefined;
  const name = { kind: "jobs", environment, id } as const;
  const stale = () => fence(home, environment, token);
  const end = await endAll(home, name, record, graceMs, () => stale() === undefined);
  const late = stale();
  if (late !== undefined) return failed(late);
  if (end === "survived") return failed(survivedFailure(environment, id));
  await output.finish(home, name);
  files.remove(name);
  if (record !== undefined && end === "killed") note(home, record, { code: null, signal: "SIGKILL" });
  changed(environment);
  return ok(end);
}

/** `undefined`: it was never begun, and can be. */
async function stateOf({ home, now }: Context, record: ProcessRecord): Promise<Job["state"] | undefined> {
  const { environment, id, nonce, progress } = record;
  const folder = processFolder(home, "jobs", environment, id);
  const mark = markText(record);
  const keeper = progress.state === "starting" ? findMarkedLeader(mark) : progress.process;
  const isKept = progress.state !== "ended" && keeper != null && isAlive(keeper);
  // Read after the look: who looks after a job ends once the outcome is written.
  const outcome = readOutcome(folder, nonce);
  if (outcome?.is === "ended") return { state: "ended", exit: outcome.exit, timedOut: outcome.timedOut };
  if (isKept) return { state: "running" };
  if (progress.state === "ended") return { state: "ended", exit: progress.exit, timedOut: false };
  if (record.job !== undefined && outcome === undefined) return undefined;
  // It has lost who looked after it, but runs.
  const root = { ...(keeper ?? { pid: 0, started: "" }), mark };
  if (treeMembers(root).length === 0) return { state: "ended", exit: unknown, timedOut: false };
  if (record.job === undefined || now() < record.startedAt + record.job.timeoutMs) return { state: "running" };
  await endTree(root, leftoverGraceMs);
  return { state: "ended", exit: unknown, timedOut: true };
}

function intent({ home, now }: Context, spec: JobSpec, token: number): ProcessRecord {
  const { environment, id, release, deployment, timeoutMs } = spec;
  return {
    version: 2,
    home: home.folder,
    environment,
    id,
    nonce: newNonce(home),
    token,
    startedAt: now(),
    job: { release, deployment, timeoutMs },
    progress: { state: "starting" },
  };
}

/** What is known for good is written down. */
function note(home: Home, record: ProcessRecord, exit: Exit): void {
  if (record.progress.state === "ended") return;
  const process = record.progress.state === "running" ? record.progress.process : null;
  updateRecord(home, "jobs", { ...record, progress: { state: "ended", process, exit } });
}

function toJob({ id, environment, startedAt }: ProcessRecord, state: Job["state"]): Job {
  return { id, environment, startedAt, state };
}

function nameOf({ environment, id }: JobSpec): ProcessName {
  return { kind: "jobs", environment, id };
}

function markText({ environment, id, nonce }: ProcessRecord): string {
  const mark = markOf("jobs", environment, id, nonce);
  return `${mark.name}=${mark.value}`;
}
