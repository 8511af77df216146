import { readFileSync } from "node:fs";
import { request } from "node:http";
import * as v from "valibot";
import type { Failure } from "../../errors/failure.ts";
import { statePaths } from "../../files/state-paths.ts";
import { isAlive, type ProcessIdentity } from "../../process/identity.ts";
import { type About, routes } from "../protocol/protocol.ts";

/**
 * What a running agent says of itself in the state folder. These fields mean the same in every version, and are read
 * whatever else stands there: a command of another version has to find the agent to ask it to make room.
 */
export interface AgentRecord extends ProcessIdentity {
  readonly socket: string;
}

/** An agent that answers. */
export interface RunningAgent {
  readonly record: AgentRecord;
  readonly about: About;
}

const answerMs = 4_000;
const recordSchema = v.object({ pid: v.number(), started: v.string(), socket: v.string() });
const aboutSchema = v.object({ version: v.string(), pid: v.number(), busy: v.array(v.string()) });

/** The agent of the state folder, as long as its process runs. */
export function readAgentRecord(stateFolder: string): AgentRecord | undefined {
  try {
    const record = v.parse(recordSchema, JSON.parse(readFileSync(statePaths(stateFolder).agentRecord, "utf8")));
    return isAlive(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What is to be found of the project's agent, without starting one. `none`: none runs, or it is about to leave.
 * `hanging`: its process runs but does not answer.
 */
export type AgentSighting =
  | { readonly is: "none" }
  | { readonly is: "hanging"; readonly record: AgentRecord }
  | { readonly is: "answering"; readonly agent: RunningAgent };

export async function lookForAgent(stateFolder: string): Promise<AgentSighting> {
  const record = readAgentRecord(stateFolder);
  if (record === undefined) return { is: "none" };
  const signal = AbortSignal.timeout(answerMs);
  const about = v.safeParse(aboutSchema, await getJson(record.socket, routes.about, signal));
  if (about.success) return { is: "answering", agent: { record, about: about.output } };
  return signal.aborted && isAlive(record) ? { is: "hanging", record } : { is: "none" };
}

/** The agent, if one answers and is not about to leave. Starts none. */
export async function askAgent(stateFolder: string): Promise<RunningAgent | undefined> {
  const sighting = await lookForAgent(stateFolder);
  return sighting.is === "answering" ? sighting.agent : undefined;
}

export function hangingAgent({ pid }: AgentRecord): Failure {
  return {
    code: "agent-unreachable",
    message: `The agent, process ${pid}, does not answer`,
    cause: `It was given ${answerMs / 1000} s.`,
    hint: [
      "What is serving keeps serving. To have another one take over: tidegate env start --all",
      `Or end it; the next command then starts another one: kill -9 ${pid}`,
    ].join("\n"),
  };
}

function getJson(socketPath: string, path: string, signal: AbortSignal): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const asked = request({ socketPath, path, agent: false, signal }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", () => resolve(undefined));
    response.once("end", () => resolve(response.statusCode === 200 ? parse(Buffer.concat(chunks)) : undefined));
  });
  asked.once("error", () => resolve(undefined));
  asked.end();
  return promise;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
