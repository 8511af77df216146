import type { Writer } from "../writer.ts";

export interface GatheringWriter extends Writer {
  /** Writes what was gathered, now. */
  release(): void;
}

/**
 * Gathers what is written in one go of the event loop into one write: thousands of lines in a row cost as much as one.
 * Release it before anything else is written to `out`.
 */
export function gatheringWriter(out: Writer): GatheringWriter {
  let gathered = "";
  const release = () => {
    if (gathered === "") return;
    const text = gathered;
    gathered = "";
    out.write(text);
  };
  const write = (text: string | Uint8Array) => {
    if (typeof text !== "string") {
      verbatim(text);
      return;
    }
    if (gathered === "") setImmediate(release);
    gathered += text;
  };
  const verbatim = (text: string | Uint8Array) => {
    release();
    out.verbatim(text);
  };
  const flush = () => {
    release();
    return out.flush();
  };
  return Object.create(out, Object.getOwnPropertyDescriptors({ write, verbatim, flush, release }));
}
