import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { Driver } from "../drivers/driver.ts";
import type { Failure } from "../errors/failure.ts";
import { ok, type Result } from "../errors/result.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { statePaths } from "../files/state-paths.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";
import { embeddedGateway } from "../gateway/embedded/client.ts";
import type { HighWater, Store } from "../store/store.ts";
import { findRuntimeFolder } from "./runtime/runtime-folder.ts";

/** How far things have come: the number of a deployment, and the token of a writer. 0: nothing is known. */
export type Mark = Pick<HighWater, "deployment" | "token">;

/** What a state is looked at by. */
export interface LookedAt {
  readonly stateFolder: string;
  readonly store: Store;
  readonly driver: Pick<Driver, "observe">;
}

const marks = v.object({ deployment: v.number(), token: v.number() });

/**
 * Whether the store has lost its newest part: its log was deleted, an old copy was put back. The gateway's table and
 * the records of instances know of deployments and writers that it would have to know of, too. Nothing that is newer
 * is downgraded silently: as long as this is so, nobody deploys and no agent starts, and what serves goes on.
 *
 * What it knows is read last: a deployment that begins meanwhile is not taken for one that was lost. A gateway that does not
 * answer, or an environment that cannot be inspected, says nothing here: one of them must not keep the agent from looking
 * after all the others, and whoever changes something there fails by itself.
 */
export async function isOutdated(looked: LookedAt): Promise<Result<Failure | undefined>> {
  const seen = await seenOutside(looked);
  const stored = await looked.store.highWater();
  if (!stored.ok) return stored;
  const accepted = readAccepted(looked.stateFolder);
  const known: Mark = {
    deployment: Math.max(stored.value.deployment, accepted.deployment),
    token: Math.max(stored.value.token, accepted.token),
  };
  if (seen.deployment <= known.deployment && seen.token <= known.token) return ok(undefined);
  return ok(outdated(statePaths(looked.stateFolder).database, seen, known));
}

/** From now on what the store says holds: what is newer outside of it is no reason any more to refuse a deployment. */
export async function acceptStore(looked: LookedAt): Promise<Mark> {
  const seen = await seenOutside(looked);
  const accepted = readAccepted(looked.stateFolder);
  const mark = {
    deployment: Math.max(seen.deployment, accepted.deployment),
    token: Math.max(seen.token, accepted.token),
  };
  writeFileAtomic(acceptedFile(looked.stateFolder), `${JSON.stringify(mark)}\n`);
  return mark;
}

async function seenOutside({ stateFolder, store, driver }: LookedAt): Promise<Mark> {
  const runtime = findRuntimeFolder(stateFolder);
  const gateway = runtime === undefined ? undefined : await embeddedGateway(join(runtime, "gateway.sock")).observe();
  const tables = gateway?.ok ? gateway.value.environments : [];
  const removed = gateway?.ok ? gateway.value.removed : [];
  const environments = await store.environments();
  const known = environments.ok ? environments.value.map(({ name }) => name) : [];
  const names = new Set([...known, ...tables.map(({ environment }) => environment), ...recordedIn(stateFolder)]);
  const instances = await Promise.all([...names].map((name) => driver.observe(name)));
  const routed = tables.flatMap(({ routes }) =>
    routes.flatMap(({ pools }) =>
      pools.flatMap(({ deployment, backends }) => (backends.length > 0 ? [deployment] : [])),
    ),
  );
  const recorded = instances.flatMap((found) => (found.ok ? found.value.map(({ deployment }) => deployment) : []));
  return {
    deployment: Math.max(0, ...routed, ...recorded),
    token: Math.max(0, ...[...tables, ...removed].map(({ token }) => token)),
  };
}

/** Environments of which there are instances, whether or not the store knows them. */
function recordedIn(stateFolder: string): readonly string[] {
  try {
    return readdirSync(join(stateFolder, "instances")).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

function acceptedFile(stateFolder: string): string {
  return join(stateFolder, "accepted.json");
}

/** One that cannot be read says nothing: then a deployment is refused until it is accepted again. */
function readAccepted(stateFolder: string): Mark {
  try {
    const text = readTextIfThere(acceptedFile(stateFolder), { forgive: "everything" });
    return text === undefined ? { deployment: 0, token: 0 } : v.parse(marks, JSON.parse(text));
  } catch {
    return { deployment: 0, token: 0 };
  }
}

function outdated(path: string, seen: Mark, known: Mark): Failure {
  const deployments =
    seen.deployment > known.deployment
      ? [`Deployment ${seen.deployment} was made, but the state knows of none after ${known.deployment}.`]
      : [];
  const writers = seen.token > known.token ? ["The gateway follows a writer that the state does not know."] : [];
  return {
    code: "state-outdated",
    message: `The state has lost its newest part: ${path}`,
    cause: [...deployments, ...writers, "What is serving keeps serving; nothing is deployed over it."].join("\n"),
    hint: [
      "Put the newer state back, or a backup of it: tidegate state restore <file>",
      "If it is lost, continue from what there is, which replaces whatever is newer: tidegate state accept",
    ].join("\n"),
  };
}
