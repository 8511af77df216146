import type { Readable, Writable } from "node:stream";

/**
 * Moves a body from one message to another as it comes, no faster than the receiver takes it. `ended` is called
 * after the last chunk. The returned function stops it: what still comes is read and thrown away.
 */
export function relay(source: Readable, target: Writable, ended: () => void, moved?: () => void): () => void {
  const onData = (chunk: Buffer) => {
    moved?.();
    if (!target.write(chunk)) source.pause();
  };
  const onDrain = () => {
    source.resume();
  };
  source.on("data", onData);
  source.on("end", ended);
  target.on("drain", onDrain);
  return () => {
    source.off("data", onData);
    source.off("end", ended);
    target.off("drain", onDrain);
    source.resume();
  };
}
