import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync } from "node:fs";
import type { Readable } from "node:stream";
import * as v from "valibot";
import type { Failure } from "../../errors/failure.ts";
import { failuresSchema } from "../../errors/failure-schema.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { logTail } from "../../files/log-tail.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { type StatePaths, statePaths } from "../../files/state-paths.ts";
import { nodeVariables } from "../../launcher/known-nodes.ts";
import { entryPoint } from "../../process/entry-point.ts";
import { rotateLog } from "../runtime/agent-log.ts";
import { askAgent, type RunningAgent } from "./agent-record.ts";
import { awaitAgent, type Ended } from "./await-agent.ts";

export interface AgentPlace {
  readonly stateFolder: string;
  readonly version: string;
  /** The project's name, which its events bear. */
  readonly project: string;
  /** The checkout that it is started from: what the project has installed is found from there. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Longer than an agent waits for the one before to finish. */
const limitMs = 30_000;
const tailLines = 10;
/**
 * What the agent and what it starts may see of the caller's environment; the rest comes by declaration only. Not the
 * marks by which a task's or an instance's processes are found and ended: the agent is no part of them.
 */
const passedOn = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
  "XDG_RUNTIME_DIR",
  ...nodeVariables,
];

/** Starts the project's agent and waits until it answers, or another one does. */
export function startAgent(place: AgentPlace): Promise<Result<RunningAgent>> {
  const paths = statePaths(place.stateFolder);
  return guardDisk(async () => {
    makeFolder(paths.folder);
    rotateLog(paths.agentLog);
    const log = openSync(paths.agentLog, "a", 0o600);
    try {
      const logStart = fstatSync(log).size;
      const answer = await awaitAgent({
        ask: () => askAgent(place.stateFolder),
        launch: () => launch(place, paths, log),
        limitMs,
      });
      return "running" in answer ? ok(answer.running) : failed(...notStarted(answer.ended, paths, logStart));
    } finally {
      closeSync(log);
    }
  });
}

function launch(place: AgentPlace, paths: StatePaths, log: number): Ended {
  const ended: Ended = { said: "" };
  const { environment, version, project, folder } = place;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", entryPoint("agent"), paths.folder, version, "3", project, folder],
    {
      detached: true,
      stdio: ["ignore", log, log, "pipe"],
      env: Object.fromEntries(passedOn.flatMap((name) => (environment[name] ? [[name, environment[name]]] : []))),
      cwd: paths.folder,
    },
  );
  child.once("error", (error) => {
    ended.how = error.message;
  });
  const pipe = child.stdio[3] as Readable | null;
  pipe?.setEncoding("utf8").on("error", () => {});
  pipe?.on("data", (text: string) => {
    ended.said += text;
  });
  // Not "exit": what it said may still be on its way then.
  child.once("close", (code, signal) => {
    ended.how = code === 0 ? "done" : `It ended with ${signal ?? `exit code ${code}`}.`;
  });
  child.unref();
  return ended;
}

const reason = v.object({ failures: failuresSchema });

/** What the agent itself said of it, or the end of its log. */
function notStarted({ how = "", said }: Ended, { agentLog }: StatePaths, logStart: number): readonly Failure[] {
  const why = v.safeParse(reason, parse(said));
  if (why.success) return why.output.failures;
  return [
    {
      code: "agent-unreachable",
      message: "The agent did not start",
      cause: [how, ...logTail(agentLog, logStart, tailLines)].join("\n"),
      hint: `Read ${agentLog}, then run: tidegate doctor`,
    },
  ];
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
