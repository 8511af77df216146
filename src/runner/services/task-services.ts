import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { serviceLogName } from "../../cache/entries/task-file.ts";
import type { Readiness, TaskService } from "../../definition/types.ts";
import { durationMs } from "../../errors/duration.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { packageSearchPath } from "../../graph/workspace/search-path.ts";
import { taskEnvironment } from "../../inputs/environment.ts";
import { findProgram } from "../../inputs/tools.ts";
import { toArgv } from "../../process/command.ts";
import type { ByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { LastLines } from "../commands/last-lines.ts";
import { type CommandEnd, runCommand } from "../commands/run-command.ts";
import { within } from "../commands/run-steps.ts";
import type { Place } from "../confine/place.ts";
import { RunningNote } from "../leftovers.ts";
import type { RunContext } from "../run-context.ts";
import { TaskLog } from "../task-log.ts";
import { portFailure } from "./port-in-use.ts";
import { untilReadyInside } from "./probe.ts";
import { untilReady } from "./readiness.ts";

/** The services that run beside a task. */
export interface RunningServices {
  /** What the task is told of them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those that ended by themselves. */
  lost(): Failure[];
  /** Ends them with all their processes; resolves when none is left. */
  stop(): Promise<void>;
}

const defaultReadyMs = 30_000;
const shownLines = 20;

/**
 * Starts a task's services, all at once, and waits until they can be used. When one of them cannot, all are ended, and it
 * fails with `task-service-failed`. @throws the system's error, when their logs cannot be written.
 */
export async function startServices(
  context: RunContext,
  task: GraphTask,
  place: Place,
  signal: AbortSignal,
  redactor?: () => ByteRedactor | undefined,
): Promise<Result<RunningServices>> {
  const declared = Object.entries(task.task.services ?? {});
  const settled = await Promise.allSettled(
    declared.map(([name, options]) => startService({ context, task, place, name, options, signal, redactor })),
  );
  const services = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const stop = async () => {
    await Promise.all(services.map((service) => service.stop()));
  };
  const bug = settled.find((each) => each.status === "rejected");
  const failures = services.flatMap((service) => service.failure ?? []);
  if (bug !== undefined || failures.length > 0) await stop();
  if (bug !== undefined) throw bug.reason;
  if (failures.length > 0) return failed(...failures);
  const variables = Object.assign({}, ...services.map((service) => service.variables));
  return ok({ variables, lost: () => services.flatMap((service) => service.lost() ?? []), stop });
}

type Polled = Exclude<Readiness, { output: string }>;

interface ServiceCall {
  readonly context: RunContext;
  readonly task: GraphTask;
  readonly place: Place;
  readonly name: string;
  readonly options: TaskService;
  readonly signal: AbortSignal;
  readonly redactor: (() => ByteRedactor | undefined) | undefined;
}

interface Started {
  readonly variables: Readonly<Record<string, string>>;
  /** Why it cannot be used. */
  readonly failure?: Failure;
  lost(): Failure | undefined;
  stop(): Promise<void>;
}

async function startService(call: ServiceCall): Promise<Started> {
  const { name, options, signal } = call;
  const port = await freePort();
  const stopped = new AbortController();
  const ready = Promise.withResolvers<boolean>();
  const lines = new LastLines(shownLines);
  const seen = typeof options.ready === "object" && "output" in options.ready ? options.ready.output : undefined;
  let end: CommandEnd | undefined;
  const ended = run(call, port, stopped.signal, (line) => {
    lines.push(line);
    if (seen !== undefined && line.includes(seen)) ready.resolve(true);
  }).then((how) => {
    end = how;
    ready.resolve(false);
  });
  // Whoever waits for the end sees the error; until then nobody may be waiting.
  ended.catch(() => ready.resolve(false));
  const stop = async () => {
    stopped.abort();
    await ended;
  };
  const limitMs = options.readyTimeout === undefined ? defaultReadyMs : durationMs(options.readyTimeout);
  const waiting = AbortSignal.any([signal, stopped.signal, AbortSignal.timeout(limitMs)]);
  waiting.addEventListener("abort", () => ready.resolve(false));
  const found = options.ready ?? "port";
  const polling = new AbortController();
  if (found === "port" || "http" in found)
    void answers(call, found, port, AbortSignal.any([waiting, polling.signal])).then((is) => is && ready.resolve(true));
  const isReady = await ready.promise;
  polling.abort();
  const failure = isReady && end === undefined ? {} : { failure: await whyNot(call, end, limitMs, lines.text(), port) };
  const lost = () => (end === undefined || stopped.signal.aborted ? undefined : lostService(call, end, lines.text()));
  return { variables: variablesFor(name, options, port), ...failure, lost, stop };
}

function answers({ place }: ServiceCall, ready: Polled, port: number, signal: AbortSignal): Promise<boolean> {
  const { loopback } = place;
  return loopback === undefined ? untilReady(ready, port, signal) : untilReadyInside(loopback, ready, port, signal);
}

async function run(
  { context, task, place, name, options, redactor }: ServiceCall,
  port: number,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<CommandEnd> {
  const { markName, notes, paths, run: number } = context;
  const folder = task.package?.folder ?? "";
  const { variables } = taskEnvironment(context.environment, options.env ?? [], place.root);
  const searchPath = packageSearchPath(place.root, folder, variables.PATH!);
  const argv = toArgv(options.run);
  const file = findProgram(argv.file, searchPath, join(place.programs ?? place.root, folder));
  if (file === undefined) return { how: "notStarted", error: new Error(`there is no program ${argv.file}`) };
  const value = `${number}/${task.name}~${name}`;
  const mark = `${markName}=${value}`;
  const log = new TaskLog(join(paths.runs, number, serviceLogName(task.name, name)));
  const note = new RunningNote(notes, mark);
  const environment = { ...variables, PATH: searchPath, HOST: "127.0.0.1", PORT: String(port), [markName]: value };
  try {
    const isThere = place.programs !== undefined;
    const command = isThere ? { file, args: argv.args } : within({ file, args: argv.args }, folder);
    const spec = { argv: place.wrap(command, environment), folder: isThere ? join(place.root, folder) : place.root };
    return await runCommand(
      { ...spec, environment, mark, timeoutMs: Number.POSITIVE_INFINITY, redactor },
      { started: (pid) => note.started(pid), bytes: (chunk) => log.write(chunk), line: (_, line) => onLine(line) },
      signal,
    );
  } finally {
    note.remove();
    log.close();
  }
}

/** `database` → `DATABASE_PORT`, `DATABASE_HOST`, and what it provides. */
function variablesFor(name: string, { provides = {} }: TaskService, port: number): Record<string, string> {
  const prefix = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
  const fill = (text: string) => text.replaceAll("{port}", String(port)).replaceAll("{host}", "127.0.0.1");
  const provided = Object.entries(provides).map(([variable, text]) => [variable, fill(text)] as const);
  return { [`${prefix}_PORT`]: String(port), [`${prefix}_HOST`]: "127.0.0.1", ...Object.fromEntries(provided) };
}

async function whyNot(
  call: ServiceCall,
  end: CommandEnd | undefined,
  limitMs: number,
  lines: string,
  port: number,
): Promise<Failure> {
  const what = `Service "${call.name}" of task "${call.task.name}"`;
  return (await portFailure(what, lines, port)) ?? notReady(call, end, limitMs, lines);
}

function notReady({ task, name }: ServiceCall, end: CommandEnd | undefined, limitMs: number, lines: string): Failure {
  const what = `Service "${name}" of task "${task.name}"`;
  const cause = lines === "" ? {} : { cause: lines };
  if (end === undefined) {
    const hint = "Give it more time with `readyTimeout`, or correct `ready`: it must listen on `HOST` and `PORT`.";
    return { code: "task-service-failed", message: `${what} was not ready after ${limitMs / 1000} s`, ...cause, hint };
  }
  return { code: "task-service-failed", message: `${what} ${howItEnded(end)} before it was ready`, ...cause };
}

function lostService({ task, name }: ServiceCall, end: CommandEnd, lines: string): Failure {
  const message = `Service "${name}" of task "${task.name}" ${howItEnded(end)} while the task was running`;
  return { code: "task-service-failed", message, ...(lines === "" ? {} : { cause: lines }) };
}

function howItEnded(end: CommandEnd): string {
  switch (end.how) {
    case "exited":
      return `ended with exit code ${end.code}`;
    case "signalled":
      return `was ended by ${end.signal}`;
    case "notStarted":
      return `could not start (${end.error.message})`;
    case "timedOut":
    case "cancelled":
      return "was ended";
  }
}

/** A port of this machine that nobody listens on, as the system gives them. Somebody else may take it afterwards. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A listening server has no port");
  return address.port;
}
