import { realpathSync } from "node:fs";
import { StillStanding } from "../../cache/standing/replay-standing.ts";
import type { RestoreCall } from "../../cache/standing/restore-missing.ts";
import { findDefinition } from "../../definition/load/find.ts";
import type { Failure } from "../../errors/failure.ts";
import { isAnythingAside, pipelinePaths } from "../../files/state-folder.ts";
import { checkoutFolderOf } from "../../files/state-paths.ts";
import type { Say } from "../notice.ts";
import type { Ports } from "../ports.ts";
import { nodeStanding } from "../project-node.ts";
import { isPlain, type RunRequest } from "./request.ts";

/**
 * A run in which nothing has to be done but to restore outputs that are gone, told without loading the definition or the
 * pipeline; what it came to, or `undefined` when that is not certain: then it has to be looked at in full.
 */
export async function runAsBefore(
  ports: Ports,
  request: RunRequest,
  say: Say,
): Promise<readonly Failure[] | undefined> {
  if (!isPlain(request, ports)) return undefined;
  const found = findDefinition(ports.folder);
  if (found === undefined) return undefined;
  const startedAt = ports.now();
  const { file, folder: projectFolder } = found;
  const stateFolder = checkoutFolderOf(projectFolder);
  // What a killed run had set aside comes back first.
  if (isAnythingAside(pipelinePaths(stateFolder))) return undefined;
  const node = nodeStanding({ folder: projectFolder, env: ports.env });
  if (node.stands === "unclear" || node.stands === "missing") return undefined;
  const environment = node.stands === "there" ? { ...ports.env, PATH: node.path } : ports.env;
  const place = { projectFolder, stateFolder, definition: realpathSync(file) };
  const call = { ...place, madeBy: `${ports.version} ${process.version}`, environment };
  const standing = StillStanding.find(call);
  if (standing === undefined) return undefined;
  const restored = await restoredOutputs(standing, { ...call, signal: ports.signal });
  if (restored === undefined) return undefined;
  const { now } = ports;
  const told = standing.replay(say, { startedAt, now, restored, concurrency: request.concurrency });
  return told.ok ? told.value : undefined;
}

/** Loaded only when something has to be restored. */
async function restoredOutputs(standing: StillStanding, call: RestoreCall) {
  if (standing.missing.length === 0) return new Map<string, number>();
  const { restoreMissing } = await import("../../cache/standing/restore-missing.ts");
  const records = standing.records();
  const missing = standing.missing.map(({ task, bases = [] }) => ({ task, bases, record: records[task]! }));
  return restoreMissing(call, missing);
}
