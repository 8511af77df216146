import { failed, ok, type Result } from "../../errors/result.ts";
import type { Children } from "./children.ts";
import { fence } from "./fence.ts";
import type { Home } from "./home.ts";
import { endAll, survivedFailure } from "./leftovers.ts";
import { removeGroups } from "./limits/limit-groups.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import { type ProcessRecord, readRecord, updateRecord } from "./record.ts";

/** An instance to stop. */
interface Stop {
  readonly output: OutputKeeper;
  readonly environment: string;
  readonly id: string;
  readonly graceMs: number;
  readonly token: number;
}

/** Ends an instance with everything it started. One without a record, or with a damaged one, is found by its mark. */
export async function stopInstance(
  home: Home,
  children: Children,
  { output, environment, id, graceMs, token }: Stop,
): Promise<Result<"asked" | "killed" | "gone">> {
  const refused = fence(home, environment, token);
  if (refused !== undefined) return failed(refused);
  const known = readRecord(home, "instances", environment, id);
  const record = known.ok ? known.value : undefined;
  const name = { kind: "instances", environment, id } as const;
  // Time passes meanwhile: what another writer has started under this id is not this one's to end.
  const stale = () => fence(home, environment, token);
  const end = await endAll(home, name, record, graceMs, () => stale() === undefined);
  const late = stale();
  if (late !== undefined) return failed(late);
  if (end === "survived") return failed(survivedFailure(environment, id));
  await output.finish(home, name);
  if (record !== undefined && record.progress.state !== "ended") await noteEnd(home, children, record);
  await removeGroups(record?.instance?.group);
  return ok(end);
}

async function noteEnd(home: Home, children: Children, record: ProcessRecord): Promise<void> {
  const process = record.progress.state === "running" ? record.progress.process : null;
  const exit = await children.exitOf(record.nonce);
  updateRecord(home, "instances", { ...record, progress: { state: "ended", process, exit } });
}
