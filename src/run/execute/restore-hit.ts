import type { BlobStore } from "../../blobs/blob-store.ts";
import type { Entry } from "../../cache/entries/entry.ts";
import { applyDifference, compareOutputs, type OutputDifference } from "../../cache/outputs/restore-outputs.ts";
import { SetAside } from "../../cache/outputs/set-aside.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Result } from "../../errors/result.ts";
import type { Emit } from "../../events/event.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { RunContext } from "../../runner/run-context.ts";
import { untouchableOutputs } from "./untouchable-outputs.ts";

export type Restored =
  /** `files`: how many files and links were written. */
  | { readonly how: "done"; readonly files: number }
  /** The bytes of this output are not what they were: the entry cannot be used, and nothing was touched. */
  | { readonly how: "damaged"; readonly path: string }
  | { readonly how: "failed"; readonly failures: readonly Failure[] };

/** Makes a task's outputs as its entry says; until all of them are there, they are as they were. @throws the system's error. */
export async function restoreHit(
  context: RunContext,
  task: GraphTask,
  entry: Entry,
  difference: OutputDifference,
): Promise<Restored> {
  const { projectFolder, cache, paths } = context;
  const untouchable = await untouchableOutputs(context, task);
  if (untouchable.length > 0) return { how: "failed", failures: untouchable };
  try {
    return restored(difference, await applyDifference(projectFolder, difference, cache.blobs, paths.aside));
  } catch (error) {
    if (!["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return await restoreFromNothing(context, task, entry);
  }
}

/** Folders that allow no change in them cannot be corrected, but they can be made again. */
async function restoreFromNothing(context: RunContext, task: GraphTask, entry: Entry): Promise<Restored> {
  const { projectFolder, cache, index, paths } = context;
  const aside = new SetAside(paths.aside, projectFolder);
  try {
    aside.take(task.patterns.outputs);
    const difference = compareOutputs(projectFolder, task.patterns.outputs, entry.outputs, index);
    const applied = await applyDifference(projectFolder, difference, cache.blobs, paths.aside);
    const made = restored(difference, applied);
    if (made.how === "done") await aside.discard();
    return made;
  } finally {
    // Nothing, once it was discarded.
    aside.putBack();
  }
}

function restored({ write }: OutputDifference, applied: Result<{ readonly damaged?: string }>): Restored {
  if (!applied.ok) return { how: "failed", failures: applied.failures };
  if (applied.value.damaged !== undefined) return { how: "damaged", path: applied.value.damaged };
  return { how: "done", files: write.filter(({ kind }) => kind !== "folder").length };
}

const linesAtOnce = 200;

/** Tells again what a task wrote when its result was made. A log that is not there any more is not told. */
export async function replayLog(task: string, { log }: Entry, blobs: BlobStore, emit: Emit): Promise<void> {
  const bytes = await blobs.read(log);
  if (!bytes.ok || bytes.value === undefined) return;
  const lines = new TextDecoder().decode(bytes.value).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  for (let at = 0; at < lines.length; at += linesAtOnce) {
    const text = lines.slice(at, at + linesAtOnce).join("\n");
    emit({ type: "taskOutput", task, stream: "stdout", text });
  }
}
