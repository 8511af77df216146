import { readdirSync, statSync, truncateSync } from "node:fs";
import { ok, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import { type Clock, systemClock } from "../../../process/clock.ts";
import type { ResourceSpec } from "../../../records/resource.ts";
import type { ResourceHost, TendNeeds } from "../../resource.ts";
import { withClient } from "../client/connect.ts";
import { serverVersion } from "../database/database.ts";
import { bringUp, isMade, superPassword } from "./bring-up.ts";
import { readServer, type ServerPlace, type ServerRecord, serverPlace, writeServer } from "./record.ts";
import { lockAlone } from "./server.ts";
import { isRunning, lookAt, stopServer, superLogin } from "./start.ts";

/** How often it is looked whether servers run, in milliseconds. */
const everyMs = 5_000;

/** A log gets no longer than about this; what it had is given up then. */
const longestLog = 8_000_000;

/**
 * Starts each of the project's servers again that has ended although something may use it, until the signal is aborted. It
 * holds no server's lock when it has resolved. Never rejects.
 */
export async function tendServers(
  host: ResourceHost,
  from: readonly string[],
  needs: TendNeeds,
  clock: Clock = systemClock,
): Promise<void> {
  while (!needs.signal.aborted) {
    for (const major of majorsOf(needs.inUse())) {
      try {
        await tendOne(host, major, from, needs);
      } catch (error) {
        needs.report(error);
      }
    }
    await clock.wait(everyMs, needs.signal);
  }
}

/** Ends each of the project's servers, unless somebody works on one at the moment. Their data stays. */
export function restServers(host: ResourceHost): Promise<Result<void>> {
  return guardDisk(async () => {
    for (const major of majorsIn(host.folder)) {
      const place = serverPlace(host, major);
      const lock = lockAlone(place);
      if (lock === undefined) continue;
      try {
        const record = readServer(place);
        const stopped = record.ok && record.value !== undefined ? await restOne(host, place, record.value) : record;
        if (!stopped.ok) return stopped;
      } finally {
        lock.release();
      }
    }
    return ok();
  });
}

/** Writes down before that it is meant so, for who finds nobody there. */
async function restOne(host: ResourceHost, place: ServerPlace, record: ServerRecord): Promise<Result<void>> {
  if (!isRunning(record)) return ok();
  const version = await withClient(superLogin(record, superPassword(host)), serverVersion).catch(() => undefined);
  if (version !== undefined) writeServer(place, { ...record, rests: { version } });
  return await stopServer(record);
}

async function tendOne(
  host: ResourceHost,
  major: string,
  from: readonly string[],
  { report, signal }: TendNeeds,
): Promise<void> {
  const place = serverPlace(host, major);
  const record = readServer(place);
  if (!record.ok) return report(record.failures);
  // Never begun, or being removed: `create` and `destroy` go on with it.
  if (!isMade(record.value)) return;
  shorten(place);
  if ((await lookAt(record.value, superPassword(host))).state !== "down" || signal.aborted) return;
  const up = await bringUp(host, major, { from, say: report, signal, mayMake: false });
  if (!up.ok) report(up.failures);
}

/** Of the servers that these have their databases on. */
function majorsOf(specs: readonly ResourceSpec[]): ReadonlySet<string> {
  return new Set(
    specs.flatMap((spec) => (spec.resource === "postgres" && spec.external === undefined ? [spec.version] : [])),
  );
}

function majorsIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^postgres-(\d+)$/.exec(name)?.[1] ?? []);
  } catch {
    // Nothing was ever made here.
    return [];
  }
}

/** The server appends, so that it goes on at the new end. */
function shorten(place: ServerPlace): void {
  const size = statSync(place.log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLog) truncateSync(place.log, 0);
}
