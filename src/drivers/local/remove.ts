import { rm } from "node:fs/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Children } from "./children.ts";
import type { Context as JobContext } from "./context.ts";
import { environmentFolder, type Home, type ProcessName, processFolder } from "./home.ts";
import { foldersIn } from "./instances.ts";
import { stopJob } from "./jobs.ts";
import { endAll, survivedFailure } from "./leftovers.ts";
import { removeGroups } from "./limits/limit-groups.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import { readRecord } from "./record.ts";
import { settle } from "./settle.ts";

interface Context {
  readonly home: Home;
  readonly children: Children;
  readonly output: OutputKeeper;
}

/** Forgets what has stopped, instance and job of that id. One that runs is not forgotten: nobody could stop it then. */
export async function removeAll(context: Context, environment: string, id: string): Promise<Result<void>> {
  for (const kind of ["instances", "jobs"] as const) {
    const removed = await remove(context, { kind, environment, id });
    if (!removed.ok) return removed;
  }
  return ok();
}

/** Ends and forgets every job of an environment that there is something of; which those were. */
export async function removeJobs(
  context: JobContext,
  environment: string,
  token: number,
): Promise<Result<readonly string[]>> {
  const ids = foldersIn(environmentFolder(context.home, "jobs", environment));
  for (const id of ids) {
    const stopped = await stopJob(context, { environment, id, graceMs: 0 }, token);
    const removed = stopped.ok ? await remove(context, { kind: "jobs", environment, id }) : stopped;
    if (!removed.ok) return removed;
  }
  return ok(ids);
}

async function remove({ home, children, output }: Context, name: ProcessName): Promise<Result<void>> {
  const { kind, environment, id } = name;
  const known = readRecord(home, kind, environment, id);
  const record = known.ok ? known.value : undefined;
  const progress = record && (await settle(home, kind, record, children));
  if (progress?.state === "running")
    return failed({ code: "internal", message: `${id} in ${environment} is running and cannot be removed` });
  // Once the record is gone nobody would look for what it left behind.
  const end = await endAll(home, name, record, 0);
  if (end === "survived") return failed(survivedFailure(environment, id));
  await removeGroups(record?.instance?.group);
  output.discard(home, name);
  // Not rmSync: for a read-only disk it throws an error without a code.
  await rm(processFolder(home, kind, environment, id), { recursive: true, force: true });
  if (record !== undefined) children.forget(record.nonce);
  return ok();
}
