import type { BlobStore } from "../../blobs/blob-store.ts";
import type { Emit } from "../../events/event.ts";
import type { Entry } from "./entry.ts";

const linesAtOnce = 200;

/** Tells again what a task wrote when its result was made. A log that is not there any more is not told. */
export async function replayLog(task: string, { log }: Entry, blobs: BlobStore, emit: Emit): Promise<void> {
  const bytes = await blobs.read(log);
  if (bytes === undefined) return;
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  for (let at = 0; at < lines.length; at += linesAtOnce) {
    const text = lines.slice(at, at + linesAtOnce).join("\n");
    emit({ type: "taskOutput", task, stream: "stdout", text });
  }
}
