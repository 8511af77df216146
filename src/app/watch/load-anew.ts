import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Failure } from "../../errors/failure.ts";
import { failed, type Result } from "../../errors/result.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";

/** What a worker is started with. */
export interface WorkerTask {
  readonly folder: string;
  /** Whether a throw is told with its stack: see `failureOfThrow`. */
  readonly env: { readonly TIDEGATE_DEBUG?: string };
}

/** What a worker gives back: of the project, what is needed to run its pipeline. */
export type LoadedPart = Result<Omit<OpenProject, "locate">>;

/** Longer than loading may take; a definition that never stops by itself is stopped. */
const limitMs = 15_000;

/** Loads the definition for a folder as it is now. `undefined` when `signal` was aborted before. */
export async function loadAnew(
  { folder, env }: Pick<Ports, "folder" | "env">,
  signal: AbortSignal,
): Promise<LoadedPart | undefined> {
  if (signal.aborted) return undefined;
  const worker = new Worker(workerFile(), { workerData: workerTask(folder, env) });
  const timer = setTimeout(() => settle(failed(neverEnds())), limitMs);
  const { promise, resolve: settle } = Promise.withResolvers<LoadedPart | undefined>();
  const stop = () => settle(undefined);
  signal.addEventListener("abort", stop, { once: true });
  worker.once("message", settle);
  worker.once("error", (error) => settle(failed(cannotLoad(String(error)))));
  worker.once("exit", (code) => settle(failed(cannotLoad(`the thread ended with ${code}`))));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function workerTask(folder: string, { TIDEGATE_DEBUG }: Ports["env"]): WorkerTask {
  return { folder, env: TIDEGATE_DEBUG === undefined ? {} : { TIDEGATE_DEBUG } };
}

/** Beside the bundle, or the source. */
function workerFile(): string {
  const bundled = join(import.meta.dirname, "definition-worker.js");
  return existsSync(bundled) ? bundled : join(import.meta.dirname, "definition-worker.ts");
}

function neverEnds(): Failure {
  const message = `The definition does not finish loading within ${limitMs / 1000} s`;
  return {
    code: "definition-throws",
    message,
    hint: "A definition only builds data: look for an endless loop.",
  };
}

function cannotLoad(cause: string): Failure {
  const hint = "Was Tidegate replaced meanwhile, or does the definition call process.exit? Fix that and start again.";
  return { code: "definition-throws", message: "The definition could not be reloaded", cause, hint };
}
