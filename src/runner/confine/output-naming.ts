import { closeSync, openSync, readSync } from "node:fs";
import { listOutputs } from "../../cache/outputs/list-outputs.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";

const chunkBytes = 1 << 20;

/**
 * The first output below a folder whose content, or whose target when it is a link, has a text in it; `undefined` when
 * none has. @throws the system's error.
 */
export function outputNaming(folder: string, outputs: readonly Claim[], text: string): string | undefined {
  const { found } = listOutputs(folder, outputs);
  const naming = found.find(({ kind, path, target }) => {
    if (kind === "link") return target!.includes(text);
    return kind === "file" && fileHas(`${folder}/${path}`, text);
  });
  return naming?.path;
}

/** Chunks overlap by the length of the text, so that it is found where it stands across them. */
function fileHas(path: string, text: string): boolean {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes + text.length);
    for (let kept = 0; ; ) {
      const count = readSync(file, buffer, kept, chunkBytes, null);
      if (count === 0) return false;
      const filled = buffer.subarray(0, kept + count);
      if (filled.includes(text)) return true;
      kept = Math.min(filled.length, text.length - 1);
      filled.copy(buffer, 0, filled.length - kept);
    }
  } finally {
    closeSync(file);
  }
}
