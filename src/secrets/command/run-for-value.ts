import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { endTree } from "../../process/tree.ts";
import { tellableError } from "./tellable-error.ts";

/** A program that prints a value. Aborted, it is ended with all it started. */
export interface ValueCommand {
  readonly run: readonly [string, ...string[]];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What a program printed, without the line ending at its end, or why there is nothing. */
export type Printed =
  | { readonly state: "printed"; readonly value: string }
  /** `said`: of its error output what cannot hold a value. */
  | { readonly state: "failed"; readonly why: string; readonly said: string; readonly hint?: string };

/** A secret is small; what prints more is the wrong program. */
const mostBytes = 1024 * 1024;
const mostErrorBytes = 64 * 1024;
const graceMs = 1000;

/**
 * Runs a program without a shell and takes what it prints. Whatever of it runs on when it has failed, taken too long or
 * printed too much is ended. Nothing that it printed is in a failure.
 */
export function runForValue(command: ValueCommand): Promise<Printed> {
  return new Promise((resolve) => new ValueRun(command, resolve));
}

class ValueRun {
  readonly #command: ValueCommand;
  readonly #resolve: (printed: Printed) => void;
  readonly #child;
  readonly #mark = `TIDEGATE_SECRET_COMMAND=${randomUUID()}`;
  readonly #timer: NodeJS.Timeout;
  readonly #out: Buffer[] = [];
  readonly #error: Buffer[] = [];
  #outBytes = 0;
  #errorBytes = 0;
  /** It is being ended; how it ends says nothing. */
  #isStopped = false;

  constructor(command: ValueCommand, resolve: (printed: Printed) => void) {
    this.#command = command;
    this.#resolve = resolve;
    const [name = "", value] = this.#mark.split("=");
    const env = { ...command.variables, [name]: value };
    // Not its own process group: a program that asks on the terminal must be able to.
    this.#child = spawn(command.run[0], command.run.slice(1), {
      cwd: command.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#timer = setTimeout(() => this.#stop(`took longer than ${command.timeoutMs / 1000} s`), command.timeoutMs);
    this.#child.stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr.on("data", (chunk: Buffer) => this.#takeError(chunk));
    this.#child.on("error", (error: NodeJS.ErrnoException) => this.#finish(notStarted(command.run[0], error)));
    this.#child.on("close", (code, signal) => this.#ended(code, signal));
    command.signal?.addEventListener("abort", this.#interrupt);
    if (command.signal?.aborted) this.#interrupt();
  }

  #interrupt = () => void this.#stop("was interrupted");

  #take(chunk: Buffer): void {
    this.#outBytes += chunk.length;
    if (this.#outBytes > mostBytes) void this.#stop("printed more than 1 MiB");
    else this.#out.push(chunk);
  }

  /** The end of what it says matters most. */
  #takeError(chunk: Buffer): void {
    this.#error.push(chunk);
    this.#errorBytes += chunk.length;
    while (this.#errorBytes > mostErrorBytes) this.#errorBytes -= this.#error.shift()?.length ?? 0;
  }

  #ended(code: number | null, signal: string | null): void {
    const why = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
    const printed: Printed = code === 0 ? this.#printed() : { state: "failed", why, said: this.#said() };
    if (!this.#isStopped) this.#finish(printed);
  }

  #printed(): Printed {
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(this.#out));
      return { state: "printed", value: text.replace(/\r?\n$/, "") };
    } catch {
      return { state: "failed", why: "printed something that is not UTF-8 text", said: "" };
    }
  }

  /** Who has printed something to standard output has had the value, and may have told it anywhere. */
  #said(): string {
    return this.#outBytes > 0 ? "" : tellableError(Buffer.concat(this.#error).toString(), this.#command.variables);
  }

  async #stop(why: string): Promise<void> {
    const { pid } = this.#child;
    if (this.#isStopped || pid === undefined) return;
    this.#isStopped = true;
    const said = this.#said();
    await endTree({ pid, mark: this.#mark }, graceMs);
    this.#finish({ state: "failed", why, said });
  }

  #finish(printed: Printed): void {
    clearTimeout(this.#timer);
    this.#command.signal?.removeEventListener("abort", this.#interrupt);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#resolve(printed);
  }
}

function notStarted(file: string, { code = "" }: NodeJS.ErrnoException): Printed {
  const why = code === "ENOENT" ? "was not found" : `cannot be started (${code})`;
  return { state: "failed", why, said: "", hint: `Install ${file}, or add its folder to PATH.` };
}
