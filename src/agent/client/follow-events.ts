import { request } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import { failuresSchema } from "../../errors/failure-schema.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Tell } from "../../events/envelope.ts";
import { decodeEnvelope, toEnvelope } from "../../records/envelope.ts";
import type { Store } from "../../store/store.ts";
import { routes } from "../protocol/protocol.ts";
import { type AgentRecord, lookForAgent } from "./agent-record.ts";
import { untilHangs } from "./until-hangs.ts";

export interface EventsRequest {
  readonly stateFolder: string;
  readonly store: Pick<Store, "events">;
  /** The project's name. */
  readonly project: string;
  /** The number of the last event that was seen; 0: none. */
  readonly after: number;
  readonly take: Tell;
  /** So many events after the last one that was seen are no longer kept. */
  readonly missed: (count: number) => void;
  /** The agent, that process, does not answer: from here on the store is looked at. Told once for each. */
  readonly hangs?: (pid: number) => void;
  /** Ends the following, which is a good end. */
  readonly signal: AbortSignal;
  /** So often it is looked whether the agent still answers; a few seconds unless a test says otherwise. */
  readonly lookEveryMs?: number;
}

const page = 200;
const pauseMs = 500;

/**
 * What happened after an event, then what comes, each once, until aborted. The agent tells it as it comes; where none runs
 * the store is looked at, and none is started for it. An agent that ends is followed by the next one from the last number; so is one
 * that hangs, and until there is a next one by the store.
 */
export async function followEvents(call: EventsRequest): Promise<Result<void>> {
  let after = call.after;
  const take: Tell = (envelope) => {
    after = envelope.seq;
    call.take(envelope);
  };
  const hanging = new Set<number>();
  while (!call.signal.aborted) {
    const sighting = await lookForAgent(call.stateFolder);
    if (sighting.is === "hanging" && !hanging.has(sighting.record.pid)) {
      hanging.add(sighting.record.pid);
      call.hangs?.(sighting.record.pid);
    }
    const done =
      sighting.is === "answering"
        ? await attend(sighting.agent.record, { ...call, take, after })
        : await readStored({ ...call, take, after });
    if (!done.ok) return done;
    if (!done.value) await wait(pauseMs, undefined, { signal: call.signal }).catch(() => {});
  }
  return ok();
}

/** One page of what is kept; whether there was anything. */
async function readStored({ store, project, after, take, missed }: EventsRequest): Promise<Result<boolean>> {
  const found = await store.events({ after, limit: page });
  if (!found.ok) return found;
  if (found.value.missed > 0) missed(found.value.missed);
  for (const stored of found.value.events) {
    const envelope = toEnvelope(project, stored);
    if (!envelope.ok) return envelope;
    take(envelope.value);
  }
  return ok(found.value.events.length > 0);
}

/** Listens until the agent ends or hangs: a stopped process keeps its connections open. */
async function attend(record: AgentRecord, call: EventsRequest): Promise<Result<boolean>> {
  const [hangs, over] = [new AbortController(), new AbortController()];
  const everyMs = call.lookEveryMs === undefined ? {} : { everyMs: call.lookEveryMs };
  void untilHangs(call.stateFolder, record, { over: over.signal, ...everyMs }).then((found) => found && hangs.abort());
  const done = await listen(record.socket, { ...call, signal: AbortSignal.any([call.signal, hangs.signal]) });
  over.abort();
  return done;
}

const missedLine = v.strictObject({ missed: v.number() });
const failureLine = v.strictObject({ failures: failuresSchema });

/** Until the agent ends, or nobody listens any more; whether it told anything. */
function listen(
  socketPath: string,
  { after, take, missed, signal }: Pick<EventsRequest, "after" | "take" | "missed" | "signal">,
): Promise<Result<boolean>> {
  const { promise, resolve } = Promise.withResolvers<Result<boolean>>();
  let told = false;
  let end: Result<boolean> | undefined;
  const asked = request({ socketPath, path: `${routes.events}?after=${after}`, agent: false, signal });
  asked.once("response", (response) => {
    response.once("error", () => {});
    response.once("close", () => resolve(end ?? ok(told)));
    const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on("error", () => {});
    lines.on("line", (line) => {
      if (end !== undefined) return;
      const read = readLine(line);
      // One that broke off is told again.
      if (read === undefined) return;
      if ("missed" in read) missed(read.missed);
      else if (!read.envelope.ok) end = read.envelope;
      else take(read.envelope.value);
      told = true;
      if (end !== undefined) response.destroy();
    });
  });
  asked.once("error", () => resolve(end ?? ok(told)));
  asked.end();
  return promise;
}

type Read = { readonly missed: number } | { readonly envelope: ReturnType<typeof decodeEnvelope> };

function readLine(line: string): Read | undefined {
  let told: unknown;
  try {
    told = JSON.parse(line);
  } catch {
    return undefined;
  }
  const gap = v.safeParse(missedLine, told);
  if (gap.success) return gap.output;
  const failure = v.safeParse(failureLine, told);
  return { envelope: failure.success ? failed(...failure.output.failures) : decodeEnvelope(told) };
}
