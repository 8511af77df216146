import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { Event, RunDigest, RunReason } from "../../../events/event.ts";
import { projectGraph } from "../../../graph/project-graph.ts";
import { digestRun } from "../../../run/record/run-digest.ts";
import type { RunResult } from "../../../run/run.ts";
import { auditProblem } from "../../../runner/audit/audit.ts";
import type { Say } from "../../notice.ts";
import { type OpenProject, openProject } from "../../open-project.ts";
import type { Ports } from "../../ports.ts";
import { callPipeline } from "../../run/pipeline-call.ts";
import { type Copy, copyRepository } from "./copy.ts";
import type { Correction } from "./corrections.ts";
import { auditCorrections, serviceCorrections, writtenCorrections } from "./find-corrections.ts";
import { type TriedService, tryService } from "./try-service.ts";
import { WrittenFiles } from "./written-files.ts";

/** What became of the pipeline in the copy. */
export interface Tried {
  /** `processes`: each one was watched; `files`: only what was written, by what the tree was before and after. */
  readonly watched: "processes" | "files";
  /** Why processes were not watched. */
  readonly unwatched?: Failure;
  readonly first: RunResult;
  /** Tasks whose result should have been in the cache the second time, and why it was not used. */
  readonly again: readonly { readonly task: string; readonly reason: RunReason }[];
  /** How many results were in the cache the second time; absent: there was none, because the first did not succeed. */
  readonly hits?: number;
  readonly services: readonly TriedService[];
  readonly corrections: readonly Correction[];
}

/**
 * Runs the pipeline of the project in a copy of its repository, twice, with what tasks read and write watched, and starts its
 * services. The repository itself is not touched; nothing of the copy is left, whatever happens. Fails when it cannot begin.
 */
export async function tryPipeline(ports: Ports, say: Say): Promise<Result<Tried>> {
  const original = await openProject(ports);
  if (!original.ok) return original;
  const copy = await copyRepository(original.value.folder, ports.env);
  ports.leaving.addEventListener("abort", () => copy.remove(), { once: true });
  try {
    return await tryIn(copy, ports, say);
  } finally {
    copy.remove();
  }
}

async function tryIn(copy: Copy, ports: Ports, say: Say): Promise<Result<Tried>> {
  const inCopy = { ...ports, folder: copy.folder, cwd: copy.folder };
  const opened = await openProject(inCopy);
  if (!opened.ok) return opened;
  const unwatched = auditProblem(ports.env.PATH ?? "", copy.folder);
  const { graph } = await projectGraph(opened.value.project, copy.folder);
  const written = unwatched === undefined ? undefined : new WrittenFiles(copy.folder, graph);
  const corrections: Correction[] = [];
  const listen: Say = (said) => {
    if ("type" in said && said.type === "taskAudited") corrections.push(...auditCorrections(said, graph, copy.folders));
    if (written !== undefined && "type" in said && said.type === "taskFinished")
      corrections.push(...writtenCorrections(graph.get(said.task), written.since(), copy.folders));
    say(said);
  };
  const how = unwatched === undefined ? { audit: true } : { concurrency: 1 };
  const first = await callPipeline(inCopy, opened.value, listen, how);
  if (!first.ok) return first;
  const common = {
    watched: unwatched === undefined ? "processes" : "files",
    ...(unwatched !== undefined && { unwatched }),
    first: first.value,
  } as const;
  if (first.value.outcome !== "succeeded")
    return ok({ ...common, again: [], services: [], corrections: ofSuccesses(corrections, first.value) });
  const second = await runAgain(inCopy, opened.value, say);
  if (!second.ok) return second;
  const services = await tryServices(inCopy, opened.value);
  const wrong = services.flatMap((service) =>
    serviceCorrections(service, opened.value.project.services[service.name]!),
  );
  if (ports.signal.aborted)
    return failed({ code: "interrupted", message: "The try was interrupted; nothing of it is left" });
  return ok({ ...common, ...second.value, services, corrections: [...corrections, ...wrong] });
}

/** What failed in the copy; the logs are gone with it. */
export function digestOf({ tasks }: RunResult): RunDigest {
  const { failures, ...rest } = digestRun(tasks);
  return { ...rest, failures: failures.map(({ log: _, ...failure }) => failure) };
}

/** What a task that failed did not come to is not known. */
function ofSuccesses(corrections: readonly Correction[], { tasks }: RunResult): Correction[] {
  return corrections.filter(({ name }) => tasks[name]?.failures.length === 0);
}

/** With nothing changed, every result should be in the cache. */
async function runAgain(ports: Ports, opened: OpenProject, say: Say): Promise<Result<Pick<Tried, "again" | "hits">>> {
  const again: { task: string; reason: RunReason }[] = [];
  let hits = 0;
  const listen: Say = (said) => {
    if ("type" in said) note(said);
    say(said);
  };
  const note = (event: Event) => {
    if (event.type === "taskHit") hits += 1;
    if (event.type === "taskStarted" && event.reason.reason !== "notCacheable")
      again.push({ task: event.task, reason: event.reason });
  };
  const ran = await callPipeline(ports, opened, listen, {});
  return ran.ok ? ok({ again, hits }) : ran;
}

/** One after the other, each alone. */
async function tryServices(ports: Ports, { project, folder }: OpenProject): Promise<TriedService[]> {
  const tried: TriedService[] = [];
  for (const [name, service] of Object.entries(project.services)) {
    if (ports.signal.aborted) break;
    const { env: variables, signal, leaving } = ports;
    tried.push(await tryService({ name, service, folder, variables, signal, leaving }));
  }
  return tried;
}
