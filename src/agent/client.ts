import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync } from "node:fs";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Event, Recorded } from "../events/event.ts";
import { statePaths } from "../files/state-paths.ts";
import { entryPoint } from "../process/entry-point.ts";
import { isAlive, type ProcessIdentity } from "../process/identity.ts";
import { type About, type CallEnd, routes } from "./protocol.ts";
import { runtimeFolder } from "./runtime-folder.ts";

/** A connection to the project's agent. */
export interface AgentClient {
  /** Makes a call and passes on what happens, until it ends. The call goes on when `signal` ends the watching. */
  call(route: string, body: object, watch: Watch): Promise<Result<void>>;
}

export interface Watch {
  readonly onEvent?: (event: Recorded<Event>) => void;
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface AgentPlace {
  readonly stateFolder: string;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface AgentRecord extends ProcessIdentity {
  readonly socket: string;
}

const startLimitMs = 15_000;
/** What the agent and what it starts may see of the caller's environment; the rest comes by declaration only. */
const passedOn = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  "TERM",
];

/** Finds the running agent's pid without starting one. */
export function runningAgent(stateFolder: string): (ProcessIdentity & { readonly socket: string }) | undefined {
  const record = readRecord(stateFolder);
  return record !== undefined && isAlive(record) ? record : undefined;
}

/**
 * The project's agent, started when none runs. One of another version is asked to make room; what it looks after goes
 * on running and is taken over. Fails with `agent-unreachable`.
 */
export async function ensureAgent(place: AgentPlace): Promise<Result<AgentClient>> {
  const running = await ask(place.stateFolder);
  if (running !== undefined && running.about.version === place.version) return ok(clientOf(running.socket));
  if (running !== undefined) {
    const left = await clientOf(running.socket).call(routes.quit, {}, {});
    if (!left.ok) return left;
  }
  return start(place);
}

async function start(place: AgentPlace): Promise<Result<AgentClient>> {
  const paths = statePaths(place.stateFolder);
  mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
  const runtime = runtimeFolder(realpathSync(paths.folder), place.environment);
  if (!runtime.ok) return runtime;
  const log = openSync(paths.agentLog, "a", 0o600);
  const environment = Object.fromEntries(
    passedOn.flatMap((name) => (place.environment[name] === undefined ? [] : [[name, place.environment[name]]])),
  );
  const child = spawn(process.execPath, [entryPoint("agent"), paths.folder, runtime.value, place.version], {
    detached: true,
    stdio: ["ignore", log, log],
    env: environment,
    cwd: paths.folder,
  });
  closeSync(log);
  child.unref();
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    const running = await ask(place.stateFolder);
    if (running !== undefined) return ok(clientOf(running.socket));
    await wait(20);
  }
  return failed({
    code: "agent-unreachable",
    message: "The agent did not start",
    cause: tail(paths.agentLog),
    hint: `Look into ${paths.agentLog}, then: tidegate doctor`,
  });
}

function tail(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-5).join("\n");
}

function readRecord(stateFolder: string): AgentRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(statePaths(stateFolder).agentRecord, "utf8"));
    return typeof record?.pid === "number" && typeof record.socket === "string" ? record : undefined;
  } catch {
    return undefined;
  }
}

async function ask(stateFolder: string): Promise<{ about: About; socket: string } | undefined> {
  const record = runningAgent(stateFolder);
  if (record === undefined) return undefined;
  const about = await getJson(record.socket, routes.about);
  return about === undefined ? undefined : { about: about as About, socket: record.socket };
}

function getJson(socketPath: string, path: string): Promise<unknown> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path, timeout: 5_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.once("end", () => resolve(JSON.parse(body)));
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(undefined));
    asked.end();
  });
}

function clientOf(socketPath: string): AgentClient {
  return {
    call: (route, body, watch) =>
      new Promise((resolve) => {
        const { signal } = watch;
        const asked = request({ socketPath, path: route, method: "POST", ...(signal === undefined ? {} : { signal }) });
        let end: CallEnd | undefined;
        asked.once("response", (response) => {
          const lines = createInterface({ input: response });
          lines.on("line", (line) => {
            const message = JSON.parse(line);
            if (message.event !== undefined) watch.onEvent?.(message.event);
            if (message.text !== undefined) watch.onText?.(message.text);
            if (message.end !== undefined) end = message.end;
          });
          response.once("error", () => {});
          response.once("close", () => resolve(settle(end, signal)));
        });
        asked.once("error", () => resolve(settle(end, signal)));
        asked.end(JSON.stringify(body));
      }),
  };
}

function settle(end: CallEnd | undefined, signal: AbortSignal | undefined): Result<void> {
  if (end?.ok) return ok();
  if (end !== undefined) return failed(...end.failures);
  if (signal?.aborted) {
    return failed({
      code: "interrupted",
      message: "Stopped watching; the agent goes on with what it was asked to do",
      hint: "See how it goes: tidegate status. Take it back: tidegate deploy --abort <environment>",
    });
  }
  return failed({
    code: "agent-unreachable",
    message: "The agent ended in the middle of the call",
    cause: "What it was doing is in its journal; what served goes on serving.",
    hint: "The next agent resumes it: tidegate env start <environment>",
  });
}
