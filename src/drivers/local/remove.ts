import { rm } from "node:fs/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Children } from "./children.ts";
import { type Home, type Kind, processFolder } from "./home.ts";
import { endAll, survivedFailure } from "./leftovers.ts";
import { readRecord } from "./record.ts";
import { settle } from "./settle.ts";

/** Forgets what has stopped, instance and job of that id. One that runs is not forgotten: nobody could stop it then. */
export async function removeAll(
  home: Home,
  children: Children,
  environment: string,
  id: string,
): Promise<Result<void>> {
  for (const kind of ["instances", "jobs"] as const) {
    const removed = await remove(home, children, kind, { environment, id });
    if (!removed.ok) return removed;
  }
  return ok();
}

async function remove(
  home: Home,
  children: Children,
  kind: Kind,
  name: { readonly environment: string; readonly id: string },
): Promise<Result<void>> {
  const known = readRecord(home, kind, name.environment, name.id);
  const record = known.ok ? known.value : undefined;
  const progress = record && (await settle(home, kind, record, children));
  if (progress?.state === "running")
    return failed({ code: "internal", message: `${name.id} in ${name.environment} runs and cannot be removed` });
  // Once the record is gone nobody would look for what it left behind.
  const end = await endAll(home, kind, name, record, 0);
  if (end === "survived") return failed(survivedFailure(name.environment, name.id));
  // Not rmSync: for a read-only disk it throws an error without a code.
  await rm(processFolder(home, kind, name.environment, name.id), { recursive: true, force: true });
  if (record !== undefined) children.forget(record.nonce);
  return ok();
}
