import { type LogsCall, routes } from "../../agent/protocol/protocol.ts";
import { readRun } from "../../cache/runs/run-record.ts";
import { ok, type Result } from "../../errors/result.ts";
import { openState } from "../../state/open-state.ts";
import { connect } from "../connect.ts";
import { environmentElse } from "../environment-else.ts";
import { type OpenProject, openProject, placeOf } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { type Sieve, type Span, sieveOf, type Wanted } from "./sieve.ts";
import { type RecordedTask, readServiceLog, readTask, readTaskLog, serviceLogs } from "./task-log.ts";

/** Of how many last lines an environment's log is when nobody says; where lines are looked for, of all that is kept. */
const usualLines = 100;
const allLines = 1_000_000;

export interface LogsRequest extends Wanted {
  /** A task, an environment, or a service: of every environment, or beside a task. */
  readonly name: string;
  /** A run's number, or "last". */
  readonly run: string;
  /** Of a task: a service that ran beside it; without it, the task itself. */
  readonly service?: string | undefined;
  /** Of an environment: only this instance, or the instances of this service. */
  readonly instance?: string | undefined;
  /** Of an environment: how many of the last lines are looked at. */
  readonly lines?: number | undefined;
  /** Of an environment: go on with what comes. */
  readonly follow: boolean;
}

/** What wrote the output: a task, whose output is at hand, or instances, whose output comes as it is read. */
export type FoundLog = TaskLog | InstanceLog;

export interface TaskLog {
  readonly of: "task";
  readonly run: string;
  readonly task: string;
  readonly bytes: Uint8Array;
  /** Services beside the task that wrote something, too; [] when it was asked for one of them. */
  readonly services: readonly string[];
  /** How many of the lines are there only because nothing tells when they were written. */
  readonly untimed: number;
}

export interface InstanceLog {
  readonly of: "instances";
  /** One, or of a service all that it may run in. */
  readonly environments: readonly string[];
  /**
   * Passes the output on, whole lines byte for byte, secrets redacted by the agent, which has them. Following ends well when
   * `ended` is aborted.
   */
  read(onBytes: (bytes: Uint8Array, environment: string) => void, ended: AbortSignal): Promise<Result<void>>;
  /** How many of the lines so far were passed on only because nothing tells when they were written. */
  untimed(): number;
}

/** What a task or an environment's instances wrote. */
export async function logs(ports: Ports, request: LogsRequest): Promise<Result<FoundLog>> {
  const sifted = sieveOf(request, ports.now());
  if (!sifted.ok) return sifted;
  const sieve = sifted.value;
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const { project, checkoutFolder } = opened.value;
  const { name, service, instance, lines = sieve.isOpen ? usualLines : allLines, follow } = request;
  const isEnvironment = Object.hasOwn(project.environments, name);
  const isTask = Object.hasOwn(project.pipeline, name);
  if (service !== undefined || (isTask && !follow && instance === undefined))
    return taskLog(checkoutFolder, request, sieve);
  const only = instance === undefined ? {} : { only: instance };
  const of = (call: Omit<LogsCall, "environment">, environments: readonly string[]): InstanceLog => {
    const sift = (bytes: Uint8Array) => sieve.lines(bytes, follow ? ports.now() : undefined);
    const read: InstanceLog["read"] = (onBytes, ended) =>
      readAll(environments, follow, (environment) => {
        const onOutput = (bytes: Uint8Array) => {
          const left = sift(bytes);
          if (left.length > 0) onBytes(left, environment);
        };
        return readInstances(ports, opened.value, { ...call, environment }, { onOutput, ended });
      });
    return { of: "instances", environments, read, untimed: () => sieve.untimed };
  };
  if (!isEnvironment) {
    const ofTask = await taskLog(checkoutFolder, request, sieve);
    if (ofTask.ok) return ofTask;
    const beside = await besideTask(checkoutFolder, request, sieve);
    if (beside !== undefined) return beside;
    if (Object.hasOwn(project.services ?? {}, name))
      return ok(of({ lines, follow, only: instance ?? name }, Object.keys(project.environments)));
    const there = await environmentElse(ports, name, ofTask);
    if (!there.ok) return there;
  }
  return ok(of({ lines, follow, ...only }, [name]));
}

/** Of several environments those that can tell count; it fails when none can. Followed ones are read at the same time. */
async function readAll(
  environments: readonly string[],
  isAtOnce: boolean,
  read: (environment: string) => Promise<Result<void>>,
): Promise<Result<void>> {
  const done: Result<void>[] = [];
  if (isAtOnce) done.push(...(await Promise.all(environments.map(read))));
  else for (const environment of environments) done.push(await read(environment));
  return done.find(({ ok: isRead }) => isRead) ?? done[0] ?? ok();
}

/** A service that ran beside exactly one task of the run. */
async function besideTask(
  checkoutFolder: string,
  { name, run, ...request }: LogsRequest,
  sieve: Sieve,
): Promise<Result<TaskLog> | undefined> {
  const found = readRun(checkoutFolder, run);
  if (!found.ok) return undefined;
  const record = found.value;
  const tasks = Object.keys(record.tasks).filter((task) =>
    serviceLogs(checkoutFolder, task, record.run).includes(name),
  );
  const [task] = tasks;
  if (task === undefined || tasks.length > 1) return undefined;
  return taskLog(checkoutFolder, { ...request, run, name: task, service: name }, sieve);
}

async function taskLog(
  checkoutFolder: string,
  { name, run, service }: LogsRequest,
  sieve: Sieve,
): Promise<Result<TaskLog>> {
  const found = readTask(checkoutFolder, run, name);
  if (!found.ok) return found;
  const { record } = found.value;
  const bytes =
    service === undefined
      ? await readTaskLog(checkoutFolder, name, found.value)
      : readServiceLog(checkoutFolder, name, service, record.run);
  if (!bytes.ok) return bytes;
  const services = service === undefined ? serviceLogs(checkoutFolder, name, record.run) : [];
  const left = sieve.bytes(bytes.value, spanOf(found.value));
  return ok({ of: "task", run: record.run, task: name, bytes: left, services, untimed: sieve.untimed });
}

/** A task wrote while its run lasted; what comes from the cache was written earlier. */
function spanOf({ record, task }: RecordedTask): Span {
  const { startedAt, durationMs } = record;
  const until = durationMs === undefined ? undefined : startedAt + durationMs;
  return { until, from: task.result.result === "hit" ? undefined : startedAt };
}

async function readInstances(
  ports: Ports,
  opened: OpenProject,
  call: LogsCall,
  { onOutput, ended }: { readonly onOutput: (bytes: Uint8Array) => void; readonly ended: AbortSignal },
): Promise<Result<void>> {
  const state = await openState(placeOf(opened, ports), "look");
  if (!state.ok) return state;
  try {
    if (state.value.isEmpty) return ok();
    const agent = await connect(ports, { stateFolder: state.value.stateFolder, project: opened.project });
    if (!agent.ok) return agent;
    const done = await agent.value.call(routes.logs, call, { onOutput, signal: ended });
    return call.follow && ended.aborted ? ok() : done;
  } finally {
    state.value.close();
  }
}
