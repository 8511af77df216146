import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { isAlive, type ProcessIdentity } from "../../process/identity.ts";
import { type Caller, routes } from "../protocol/protocol.ts";
import { askAgent, hangingAgent, lookForAgent, type RunningAgent } from "./agent-record.ts";
import { callAgent, type Watch } from "./call-agent.ts";
import { type AgentPlace, startAgent } from "./start-agent.ts";
import { untilHangs } from "./until-hangs.ts";

export type { AgentPlace } from "./start-agent.ts";

/** A connection to the project's agent. */
export interface AgentClient {
  /**
   * Makes a call and passes on what happens, until it ends. The call goes on when `signal` ends the watching. An agent
   * that leaves before it has taken the call is followed by another one, which gets it.
   */
  call(route: string, body: object, watch: Watch): Promise<Result<void>>;
}

/** Agents that leave in the moment they are called; more of them in a row is not bad luck. */
const attempts = 5;
const leaveMs = 30_000;

/**
 * The project's agent, started when none runs. One of another version is asked to make room; what it looks after goes
 * on running and is taken over; so does what one looks after that does not answer. Fails with `agent-unreachable`, or why it
 * does not start.
 */
export async function ensureAgent(place: AgentPlace & Caller): Promise<Result<AgentClient>> {
  const running = await reach(place);
  if (!running.ok) return running;
  const by = place.by === undefined ? {} : { by: place.by };
  return ok({
    call: (route, body, watch) => persistently(place, running.value, { route, body: { ...body, ...by }, watch }),
  });
}

/** Ends the agent and the gateway if there is nothing to look after, and waits until they have ended. */
export async function restAgent({ stateFolder }: Pick<AgentPlace, "stateFolder">): Promise<void> {
  const running = await askAgent(stateFolder);
  if (running === undefined) return;
  await callAgent(running.record.socket, routes.rest, {}, {});
  const after = await askAgent(stateFolder);
  if (after?.about.pid !== running.about.pid) await untilGone(running.record);
}

/**
 * Ends the agent of a state folder, if one runs, without touching what it looks after: another one takes that over.
 * Resolves with whether there was one; fails with `agent-unreachable` when it hangs.
 */
export async function endAgent(stateFolder: string): Promise<Result<boolean>> {
  const sighting = await lookForAgent(stateFolder);
  if (sighting.is === "hanging") return failed(hangingAgent(sighting.record));
  if (sighting.is === "none") return ok(false);
  const left = await callAgent(sighting.agent.record.socket, routes.quit, {}, {});
  if (left !== "notTaken" && !left.ok) return left;
  await untilGone(sighting.agent.record);
  return ok(true);
}

interface Call {
  readonly route: string;
  readonly body: object;
  readonly watch: Watch;
}

async function persistently(place: AgentPlace, first: RunningAgent, call: Call): Promise<Result<void>> {
  let agent = first;
  for (let attempt = 1; ; attempt += 1) {
    const done = await attended(place, agent, call);
    if (done !== "notTaken" && done !== "hangs") return done;
    if (attempt === attempts) return failed(tooOften);
    if (done === "notTaken") await untilGone(agent.record);
    const next = await reach(place);
    if (!next.ok) return next;
    agent = next.value;
  }
}

/** One attempt. `hangs`: the agent stopped answering before it took the call; whoever takes over from it refuses it there. */
async function attended(
  { stateFolder }: AgentPlace,
  { record }: RunningAgent,
  { route, body, watch }: Call,
): Promise<Result<void> | "notTaken" | "hangs"> {
  const [hangs, over] = [new AbortController(), new AbortController()];
  let isTaken = false;
  const onTaken = () => {
    isTaken = true;
  };
  void untilHangs(stateFolder, record, { over: over.signal }).then((found) => found && hangs.abort());
  const done = await callAgent(record.socket, route, body, watch, { onTaken, hangs: hangs.signal });
  over.abort();
  return hangs.signal.aborted && !isTaken ? "hangs" : done;
}

async function reach(place: AgentPlace): Promise<Result<RunningAgent>> {
  const sighting = await lookForAgent(place.stateFolder);
  if (sighting.is !== "answering") return startAgent(place);
  const running = sighting.agent;
  if (running.about.version === place.version) return ok(running);
  const left = await endAgent(place.stateFolder);
  return left.ok ? startAgent(place) : left;
}

/** An agent that has said that it leaves ends soon; the next one waits for its lock in any case. */
async function untilGone(agent: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + leaveMs;
  while (isAlive(agent) && performance.now() < deadline) await wait(10);
}

const tooOften = {
  code: "agent-unreachable",
  message: "The agent ends whenever it is called",
  hint: "Read agent.log in the state folder (tidegate state list shows where), then run: tidegate doctor",
} as const;
