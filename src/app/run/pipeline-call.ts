import { realpathSync } from "node:fs";
import { relative } from "node:path";
import type { StandingRequest } from "../../cache/standing/keep-standing.ts";
import type { ConfinementLevel } from "../../definition/types.ts";
import type { Result } from "../../errors/result.ts";
import type { Emit } from "../../events/event.ts";
import { type RunResult, runPipeline } from "../../run/run.ts";
import type { EarlierSuccess } from "../../run/task-run.ts";
import type { Say } from "../notice.ts";
import type { OpenProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { withProjectNode } from "../project-node.ts";

export interface PipelineCall {
  readonly tasks?: readonly string[];
  /** Only tasks in the packages that these mean. */
  readonly filters?: readonly string[];
  /** Only what changed files reach. */
  readonly affected?: boolean;
  /** What changes are counted from. */
  readonly since?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly force?: boolean;
  readonly onlyFiles?: ReadonlyMap<string, readonly string[]>;
  readonly replay?: boolean;
  readonly confine?: ConfinementLevel | undefined;
  readonly audit?: boolean;
  /** See `RunOptions`. */
  readonly unaffected?: ReadonlyMap<string, EarlierSuccess>;
  /** See `RunOptions`. */
  readonly standing?: StandingRequest;
  /** Ends the run when aborted. Default: what ends the call. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the project's pipeline: its tasks end with the call, problems have their places.
 * Everything it needs is loaded before: a task may replace the folder that Tidegate is in.
 */
export async function callPipeline(
  ports: Ports,
  opened: OpenProject,
  say: Say,
  { concurrency, confine, since, signal = ports.signal, ...call }: PipelineCall,
): Promise<Result<RunResult>> {
  const variables = await withProjectNode({ folder: opened.folder, env: ports.env }, say);
  if (!variables.ok) return variables;
  const sayStopping = () => say({ notice: "stopping" });
  ports.signal.addEventListener("abort", sayStopping, { once: true });
  const tracer = await startTracer(ports, opened);
  try {
    return await runPipeline({
      ...call,
      ...(since !== undefined && { since }),
      ...(call.affected && { definitionFiles: await definitionFiles(opened) }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(confine === undefined ? {} : { confine }),
      projectFolder: opened.folder,
      stateFolder: opened.checkoutFolder,
      project: opened.project,
      // A plain object: looking into the process's own costs a call to the system each time.
      environment: { ...variables.value },
      emit: tracer === undefined ? say : both(tracer.emit, say),
      ...(tracer && { traceOf: tracer.traceOf }),
      signal,
      leaving: ports.leaving,
      now: ports.now,
      onWaiting: () => say({ notice: "waitingForRun", isAnother: true }),
      locate: opened.locate,
    });
  } finally {
    ports.signal.removeEventListener("abort", sayStopping);
    await tracer?.end();
  }
}

/** Loaded only when there may be somebody to tell. */
async function startTracer({ env, now, version }: Ports, { project }: OpenProject) {
  if (!env.OTEL_EXPORTER_OTLP_ENDPOINT && !env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return undefined;
  const { Tracer } = await import("../../run/telemetry/tracer.ts");
  return Tracer.start({ environment: env, project: project.name, version, now });
}

function both(first: Emit, second: Emit): Emit {
  return (event) => {
    first(event);
    second(event);
  };
}

/** The files that the definition is made of, relative to the project's folder, as git names them. Loaded only here. */
async function definitionFiles({ file, folder }: OpenProject): Promise<string[]> {
  const { sourcesOf } = await import("../../definition/load/pure-sources.ts");
  const real = realpathSync(folder);
  return sourcesOf(file).files.map((source) => relative(real, source));
}
