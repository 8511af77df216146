import type { ServerResponse } from "node:http";
import type { Failure } from "../../errors/failure.ts";
import type { Result } from "../../errors/result.ts";
import { encodeEnvelope } from "../../records/told-envelope.ts";
import { observeEnvironments } from "../observe.ts";
import { servingSecrets } from "../serving-secrets.ts";
import type { ApiWorld } from "./handlers.ts";

/*
 * What somebody sees who only looks: the state, and what happens from there on. Both change nothing, start nothing and
 * wait for no deployment. A page asks for the state first and then for the events after its `seq`: it misses nothing.
 */

const stateVersion = 1;

/** `{ v, seq, environments }`; `seq`: the number of the last event before anything was looked at. */
export async function answerState({ agent, world }: ApiWorld, response: ServerResponse): Promise<void> {
  const { store, paths } = world;
  const seq = await world.chronicle.latest();
  const known = await store.environments();
  const names = known.ok ? known.value.map(({ name }) => name) : [];
  const observed = await observeEnvironments({
    store,
    stateFolder: paths.folder,
    project: world.resources.host.project,
    names,
    now: world.now(),
    driven: agent.busy(),
    secrets: servingSecrets(world),
  });
  const failures = [seq, known, observed].flatMap((one) => (one.ok ? [] : one.failures));
  if (!seq.ok || !observed.ok || failures.length > 0) return answer(response, 500, { v: stateVersion, failures });
  answer(response, 200, { v: stateVersion, seq: seq.value, environments: observed.value });
}

/**
 * An envelope a line: what was kept after the number, then what comes, until the caller hangs up. A line may also be
 * `{ missed }`, so many that are no longer kept, or `{ failures }`, the last one. Whoever reads slowly is waited for.
 */
export async function answerEvents({ world }: ApiWorld, after: string | null, response: ServerResponse): Promise<void> {
  const seq = Number(after ?? 0);
  if (!Number.isSafeInteger(seq) || seq < 0) return answer(response, 400, { failures: [wrongNumber(after)] });
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.on("error", () => gone.abort());
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.flushHeaders();
  const send = (line: object) => written(response, `${JSON.stringify(line)}\n`, gone.signal);
  const followed = await world.chronicle.follow(seq, {
    take: (envelope) => send(encodeEnvelope(envelope)),
    missed: (missed) => send({ missed }),
    gone: gone.signal,
  });
  await end(response, followed, send);
}

async function end(
  response: ServerResponse,
  followed: Result<void>,
  send: (line: { readonly failures: readonly Failure[] }) => Promise<void>,
): Promise<void> {
  if (!followed.ok) await send({ failures: followed.failures });
  response.end();
}

/** Resolves once the connection takes more, or is gone. */
function written(response: ServerResponse, text: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted || response.write(text)) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => {
    response.off("drain", done);
    gone.removeEventListener("abort", done);
    resolve();
  };
  response.once("drain", done);
  gone.addEventListener("abort", done, { once: true });
  return promise;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

function wrongNumber(after: string | null) {
  return { code: "bad-arguments", message: `There is no event number ${JSON.stringify(after)}` } as const;
}
