import type { WriteStream } from "node:tty";

/** Where text goes: standard output or standard error, as the verbs see them. */
export interface Writer {
  /** Never throws. Text for a reader who has gone is dropped. */
  write(text: string | Uint8Array): void;
  readonly isTTY: boolean;
  /** Width in cells; 120 when there is no terminal. Changes when the window does. */
  readonly columns: number;
  readonly rows: number;
  /** Whether colours may be used here. */
  readonly color: boolean;
  /** Aborted once the reader has gone (`| head -1`): whoever follows something can end. */
  readonly gone: AbortSignal;
  /** Resolves once everything written is out of this process, or the reader has gone. */
  flush(): Promise<void>;
}

/** The reader's end of a pipe is closed, or the terminal is. */
const readerIsGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED", "ECONNRESET"]);

export function streamWriter(stream: WriteStream, color: boolean): Writer {
  const gone = new AbortController();
  // A full disk behind `> file` also arrives here. There is nowhere left to say it; the exit code is not ours to change.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (readerIsGone.has(error.code ?? "")) gone.abort();
  });
  return {
    write: (text) => {
      if (!gone.signal.aborted) stream.write(text);
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
