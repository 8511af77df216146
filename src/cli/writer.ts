import { fstatSync, writeSync } from "node:fs";
import type { WriteStream } from "node:tty";

/** Where text goes: standard output or standard error, as the verbs see them. */
export interface Writer {
  /** Never throws. Text for a reader who has gone is dropped. A terminal may be given text with its lines folded. */
  write(text: string | Uint8Array): void;
  /** The same for what has to arrive as it is: data, code, and what moves the cursor. */
  verbatim(text: string | Uint8Array): void;
  readonly isTTY: boolean;
  /** Width in cells; 120 when there is no terminal. Changes when the window does. */
  readonly columns: number;
  readonly rows: number;
  /** Whether colours may be used here. */
  readonly color: boolean;
  /** Aborted once the reader has gone (`| head -1`): whoever follows something can end. */
  readonly gone: AbortSignal;
  /** Why some of what was written is lost, although its reader has not gone: the disk is full. */
  readonly lost?: NodeJS.ErrnoException | undefined;
  /** Resolves once everything written is out of this process, or the reader has gone. */
  flush(): Promise<void>;
}

/** The reader's end of a pipe is closed, or the terminal is. */
const readerIsGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED", "ECONNRESET"]);

/**
 * The writer for standard output (1) or standard error (2). Only for a terminal, whose size may change, does it need Node's
 * stream, which takes some time to load. `wantsColor` is told whether it is one.
 */
export function openWriter(file: 1 | 2, wantsColor: (isTTY: boolean) => boolean): Writer {
  if (!isDevice(file)) return fileWriter(file, wantsColor(false));
  const stream = file === 1 ? process.stdout : process.stderr;
  return streamWriter(stream, wantsColor(stream.isTTY));
}

/** Writes at once, and waits where a pipe is full, as Node's streams do for files and pipes. */
function fileWriter(file: number, color: boolean): Writer {
  const gone = new AbortController();
  let lost: NodeJS.ErrnoException | undefined;
  const write = (text: string | Uint8Array) => {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    const error = gone.signal.aborted ? undefined : writeAll(file, bytes);
    if (error !== undefined && readerIsGone.has(error.code ?? "")) gone.abort();
    else lost ??= error;
  };
  return {
    write,
    verbatim: write,
    get lost() {
      return lost;
    },
    isTTY: false,
    columns: 120,
    rows: 24,
    color,
    gone: gone.signal,
    flush: () => Promise.resolve(),
  };
}

/** Why not all of it was written. */
function writeAll(file: number, bytes: Uint8Array): NodeJS.ErrnoException | undefined {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      if (code !== "EAGAIN") return error as NodeJS.ErrnoException;
      // Somebody who shares the pipe wants no waiting.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return undefined;
}

/** A terminal is one, and so is /dev/null. */
function isDevice(file: number): boolean {
  try {
    return fstatSync(file).isCharacterDevice();
  } catch {
    return true;
  }
}

function streamWriter(stream: WriteStream, color: boolean): Writer {
  const gone = new AbortController();
  let lost: NodeJS.ErrnoException | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (readerIsGone.has(error.code ?? "")) gone.abort();
    else lost ??= error;
  });
  const write = (text: string | Uint8Array) => {
    if (!gone.signal.aborted) stream.write(text);
  };
  return {
    write,
    verbatim: write,
    get lost() {
      return lost;
    },
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns || 120;
    },
    get rows() {
      return stream.rows || 24;
    },
    color,
    gone: gone.signal,
    flush: () => flushed(stream, gone.signal),
  };
}

function flushed(stream: WriteStream, gone: AbortSignal): Promise<void> {
  if (gone.aborted || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    gone.addEventListener("abort", () => resolve(), { once: true });
    stream.write("", () => resolve());
  });
}
