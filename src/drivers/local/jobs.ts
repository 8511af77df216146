import { rmSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { endTree } from "../../process/tree.ts";
import type { Exit, JobResult, JobSpec } from "../driver.ts";
import { type Begun, begin } from "./begin.ts";
import { fence } from "./fence.ts";
import { type Home, markOf, newNonce, outputName, type ProcessName, processFolder } from "./home.ts";
import { endAll, survivedFailure } from "./leftovers.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import type { PrivateFiles } from "./private-files.ts";
import { type ProcessRecord, readRecord, updateRecord } from "./record.ts";

interface Context {
  readonly home: Home;
  readonly output: OutputKeeper;
  readonly files: PrivateFiles;
  readonly caller: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

/** How long a job gets to finish when it is stopped, and what it left behind when it has ended by itself. */
const graceMs = 5_000;
const leftoverGraceMs = 1_000;
const longestTimerMs = 2 ** 31 - 1;

/** Runs a command to its end; nothing of it is left running, nor of a run that a killed process began. */
export async function runJob(
  context: Context,
  spec: JobSpec,
  token: number,
  signal: AbortSignal,
): Promise<Result<JobResult>> {
  const { home, output } = context;
  const refused = fence(home, spec.environment, token);
  if (refused !== undefined) return failed(refused);
  const known = readRecord(home, "jobs", spec.environment, spec.id);
  const left = await endAll(home, nameOf(spec), known.ok ? known.value : undefined, leftoverGraceMs);
  if (left === "survived") return failed(survivedFailure(spec.environment, spec.id));
  if (signal.aborted) return interrupted(spec);
  output.discard(home, nameOf(spec));
  rmSync(join(processFolder(home, "jobs", spec.environment, spec.id), outputName), { force: true });
  const begun = await begin({ ...context, kind: "jobs", record: intent(context, spec, token), spec, own: {} });
  return begun.begun ? attend(context, spec, begun, signal) : ok({ exit: begun.exit, timedOut: false });
}

function intent({ home, now }: Context, spec: JobSpec, token: number): ProcessRecord {
  return {
    version: 1,
    home: home.folder,
    environment: spec.environment,
    id: spec.id,
    nonce: newNonce(home),
    token,
    startedAt: now(),
    progress: { state: "starting" },
  };
}

async function attend(
  { home, output }: Context,
  spec: JobSpec,
  { record, launched }: Extract<Begun, { begun: true }>,
  signal: AbortSignal,
): Promise<Result<JobResult>> {
  const because = await endOf(launched.exited, spec.timeoutMs, signal);
  const mark = markOf("jobs", spec.environment, spec.id, record.nonce);
  // No start is given: this process is the parent, so the number is the job's.
  const root = { pid: launched.process.pid, mark: `${mark.name}=${mark.value}` };
  const end = await endTree(root, because === "exited" ? leftoverGraceMs : graceMs);
  if (end === "survived") return failed(survivedFailure(spec.environment, spec.id));
  await output.finish(home, nameOf(spec));
  const exit = await launched.exited;
  updateRecord(home, "jobs", { ...record, progress: { state: "ended", process: launched.process, exit } });
  return because === "aborted" ? interrupted(spec) : ok({ exit, timedOut: because === "timedOut" });
}

function nameOf({ environment, id }: JobSpec): ProcessName {
  return { kind: "jobs", environment, id };
}

/** What happens first. */
function endOf(
  exited: Promise<Exit>,
  limitMs: number,
  signal: AbortSignal,
): Promise<"exited" | "timedOut" | "aborted"> {
  return new Promise((resolve) => {
    const finish = (because: "exited" | "timedOut" | "aborted") => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(because);
    };
    const abort = () => finish("aborted");
    const timer = setTimeout(() => finish("timedOut"), Math.min(limitMs, longestTimerMs));
    signal.addEventListener("abort", abort);
    exited.then(() => finish("exited"));
  });
}

function interrupted(spec: JobSpec): Result<JobResult> {
  return failed({ code: "interrupted", message: `${spec.id} in ${spec.environment} was interrupted` });
}
