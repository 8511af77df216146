import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { get } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Service } from "../../../definition/types.ts";
import { childEnvironment } from "../../../drivers/local/child-environment.ts";
import { durationMs } from "../../../errors/duration.ts";
import { pipelinePaths } from "../../../files/state-folder.ts";
import { markPrefix } from "../../../inputs/environment.ts";
import { findProgram } from "../../../inputs/tools.ts";
import { isBuiltIn } from "../../../process/built-in.ts";
import { toArgv } from "../../../process/command.ts";
import { treeMembers } from "../../../process/tree.ts";
import { type CommandEnd, runCommand } from "../../../runner/commands/run-command.ts";
import { RunningNote } from "../../../runner/leftovers.ts";
import { NoteFiles } from "../../../runner/note-files.ts";
import { listeningPorts } from "./listening-ports.ts";

/** How a service did that was started in the copy. */
export type TriedService = { readonly name: string } /** Nothing of the project's is started for it. */ & (
  | { readonly state: "builtIn" }
  /** It listens where `PORT` says. `status`: of its health path; `answering`: a path that answers 2xx. */
  | { readonly state: "listens"; readonly health?: string; readonly status?: number; readonly answering?: string }
  /** It takes no requests, and ran for a while. */
  | { readonly state: "runs" }
  /** It listens, but elsewhere. */
  | { readonly state: "elsewhere"; readonly ports: readonly number[] }
  | { readonly state: "silent"; readonly output: readonly string[] }
  | { readonly state: "ended"; readonly how: string; readonly output: readonly string[] }
);

export interface ServiceTry {
  readonly name: string;
  readonly service: Service;
  /** The copy, where the pipeline has run. */
  readonly folder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly leaving: AbortSignal;
}

const defaultMs = 30_000;
/** A worker that runs for so long is taken for one that runs. */
const workerMs = 3_000;
const pollMs = 100;
const shownLines = 15;
/** Where services usually say that they are well. */
const usualPaths = ["/health", "/healthz", "/api/health", "/api/healthz", "/status", "/ping", "/"];

/** Starts a service with a port, looks where it listens and what answers, and ends it with all it started. */
export async function tryService(asked: ServiceTry): Promise<TriedService> {
  const { name, service, folder, variables, signal } = asked;
  if (isBuiltIn(service.run)) return { name, state: "builtIn" };
  const argv = toArgv(service.run);
  const port = await freePort();
  const data = join(folder, ".tidegate", "data");
  const own = { PORT: String(port), HOST: "127.0.0.1", TIDEGATE_DATA_DIR: data };
  const markName = `${markPrefix}${randomBytes(8).toString("hex")}`;
  const environment = { ...childEnvironment(variables, {}, own), [markName]: name };
  const file = findProgram(argv.file, environment.PATH ?? "", folder);
  if (file === undefined) return { name, state: "ended", how: `there is no program ${argv.file}`, output: [] };
  const stop = new AbortController();
  const output: string[] = [];
  const notes = new NoteFiles(pipelinePaths(join(folder, ".tidegate")).running, `try-${name}`, asked.leaving);
  const note = new RunningNote(notes, `${markName}=${name}`);
  let leader = 0;
  let end: CommandEnd | undefined;
  const spec = { argv: { file, args: argv.args }, folder, environment, mark: `${markName}=${name}` };
  const ended = runCommand(
    { ...spec, timeoutMs: Number.POSITIVE_INFINITY },
    {
      started: (pid) => {
        leader = pid;
        note.started(pid);
      },
      bytes: () => undefined,
      line: (_, line) => output.push(line),
    },
    AbortSignal.any([signal, stop.signal]),
  ).then((how) => {
    end = how;
  });
  try {
    const pids = () => treeMembers({ pid: leader, mark: spec.mark }).map(({ pid }) => pid);
    return await look(asked, port, { end: () => end, output, pids });
  } finally {
    stop.abort();
    await ended;
    note.remove();
    notes.close();
  }
}

interface Running {
  end(): CommandEnd | undefined;
  readonly output: readonly string[];
  pids(): readonly number[];
}

async function look({ name, service, signal }: ServiceTry, port: number, running: Running): Promise<TriedService> {
  const takesRequests = service.route !== false;
  const limit = takesRequests ? limitOf(service) : workerMs;
  const until = performance.now() + limit;
  while (performance.now() < until && !signal.aborted) {
    const end = running.end();
    if (end !== undefined)
      return { name, state: "ended", how: howItEnded(end), output: running.output.slice(-shownLines) };
    if (takesRequests && (await statusOf(port, "/")) !== undefined)
      return { name, state: "listens", ...(await paths(service, port)) };
    await wait(pollMs, undefined, { signal }).catch(() => undefined);
  }
  if (!takesRequests) return { name, state: "runs" };
  const ports = listeningPorts(running.pids());
  if (ports.length > 0 && !ports.includes(port)) return { name, state: "elsewhere", ports };
  return { name, state: "silent", output: running.output.slice(-shownLines) };
}

function limitOf({ healthTimeout }: Service): number {
  return healthTimeout === undefined ? defaultMs : durationMs(healthTimeout);
}

/** The health path that it has is asked for as long as it takes to come up; others once. */
async function paths({ health }: Service, port: number) {
  const status = health === undefined ? undefined : await settled(health, port);
  if (health !== undefined && isGood(status)) return { health, status: status! };
  for (const path of usualPaths) {
    if (isGood(await statusOf(port, path)))
      return { ...(health !== undefined && { health }), ...(status !== undefined && { status }), answering: path };
  }
  return { ...(health !== undefined && { health }), ...(status !== undefined && { status }) };
}

async function settled(path: string, port: number): Promise<number | undefined> {
  let status: number | undefined;
  for (let tries = 0; tries < 50; tries++) {
    status = await statusOf(port, path);
    if (isGood(status) || status === 404) return status;
    await wait(pollMs);
  }
  return status;
}

function isGood(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** `undefined`: nobody answers. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: "127.0.0.1", port, path, timeout: 5_000, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    request.on("error", () => resolve(undefined));
    request.on("timeout", () => request.destroy(new Error("late")));
  });
}

function howItEnded(end: CommandEnd): string {
  switch (end.how) {
    case "exited":
      return `it ended with exit code ${end.code}`;
    case "signalled":
      return `it was ended by ${end.signal}`;
    case "notStarted":
      return `it could not start: ${end.error.message}`;
    case "timedOut":
    case "cancelled":
      return "it was interrupted";
    default:
      return end satisfies never;
  }
}

/** A port that nobody listens on, as the system gives them. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("A listening server has no port");
  return address.port;
}
