import { type Dirent, readdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { mapLimited } from "../../concurrency/map-limited.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { isAlive, type ProcessIdentity } from "../../process/identity.ts";
import type { Instance } from "../driver.ts";
import { isName } from "../names.ts";
import type { Children } from "./children.ts";
import { environmentFolder, type Home } from "./home.ts";
import type { KnownRecords } from "./known-records.ts";
import { isUnknown, type ProcessRecord, type RunningOrEnded, readRecord } from "./record.ts";
import { settle } from "./settle.ts";

/** Instances listen for the gateway of this machine alone. */
export const loopback = "127.0.0.1";

/**
 * The instances that ran when this process last looked, by environment and id. A state folder is not removed in one
 * moment: records that are gone already must not make those who look after instances believe that these have ended.
 */
export class LastRunning {
  readonly #instances = new Map<string, { readonly instance: Instance; readonly process: ProcessIdentity }>();

  /** What is true of an instance by its record. */
  saw(instance: Instance, progress: RunningOrEnded): void {
    const key = `${instance.environment}/${instance.id}`;
    if (progress.state === "running") this.#instances.set(key, { instance, process: progress.process });
    else this.#instances.delete(key);
  }

  /** Those of the environment that still run and are not among the found: nobody ended them, their records vanished. */
  without(environment: string, found: readonly Instance[]): readonly Instance[] {
    const ids = new Set(found.map(({ id }) => id));
    const missing = [...this.#instances].filter(
      ([, { instance }]) => instance.environment === environment && !ids.has(instance.id),
    );
    for (const [key, { process }] of missing) if (!isAlive(process)) this.#instances.delete(key);
    return missing.flatMap(([key, { instance }]) => (this.#instances.has(key) ? [instance] : []));
  }
}

/** What this process knows from before. */
interface Observer {
  readonly children: Children;
  readonly lastRunning: LastRunning;
  readonly records: KnownRecords;
}

/** How many records are looked at together: what the disk answers at once is worked off in one go. */
const together = 8;

/**
 * Every instance of an environment that is recorded, or was, and runs; by id. Every damaged record as a failure. Who looks
 * several times a second does something else while the disk answers, however many there are.
 */
export async function observeInstances(
  home: Home,
  environment: string,
  observer: Observer,
): Promise<Result<readonly Instance[]>> {
  const ids = await foldersInAsync(environmentFolder(home, "instances", environment));
  observer.records.keepOnly(environment, ids);
  const found = await mapLimited(ids, together, (id) => observeOne(home, environment, id, observer));
  const failures = found.flatMap((one) => (one.ok ? [] : one.failures));
  if (failures.length > 0) return failed(...failures);
  const instances = found.flatMap((one) => (one.ok && one.value !== undefined ? [one.value] : []));
  return ok([...instances, ...observer.lastRunning.without(environment, instances)]);
}

async function observeOne(
  home: Home,
  environment: string,
  id: string,
  { children, lastRunning, records }: Observer,
): Promise<Result<Instance | undefined>> {
  const same = await records.unchanged(home, environment, id);
  if (same !== undefined && same.progress.state !== "starting" && stands(same.progress))
    return ok(seen(same, same.progress, lastRunning));
  // Whatever is news is looked at in one go: between its record and its process nobody may write another one.
  const known = records.read(home, environment, id);
  if (!known.ok) return known;
  if (known.value === undefined) return ok(undefined);
  return ok(seen(known.value, await settle(home, "instances", known.value, children), lastRunning));
}

/** Whether it is as recorded, and no more is to be found out. */
function stands(progress: RunningOrEnded): boolean {
  return progress.state === "running" ? isAlive(progress.process) : !isUnknown(progress.exit);
}

function seen(record: ProcessRecord, progress: RunningOrEnded, lastRunning: LastRunning): Instance {
  const instance = toInstance(record, progress);
  lastRunning.saw(instance, progress);
  return instance;
}

/** A record as the driver tells it. Only for records of instances. */
export function toInstance(record: ProcessRecord, progress: RunningOrEnded): Instance {
  const { service, release, deployment, port, startedWith, group } = record.instance!;
  const { id, environment, startedAt } = record;
  const address = port === null ? {} : { address: { host: loopback, port } };
  const state =
    progress.state === "running"
      ? ({ state: "running", pid: progress.process.pid } as const)
      : ({ state: "ended", exit: progress.exit } as const);
  return {
    id,
    environment,
    service,
    release,
    deployment,
    ...address,
    startedAt,
    ...(startedWith && { startedWith }),
    ...(group && { limits: group.limits }),
    state,
  };
}

/** The ports that belong to instances of any environment, as far as they have not ended. */
export function portsGiven(home: Home): Set<number> {
  const ports = new Set<number>();
  for (const environment of foldersIn(join(home.folder, "instances"))) {
    for (const id of foldersIn(environmentFolder(home, "instances", environment))) {
      const known = readRecord(home, "instances", environment, id);
      const port = known.ok && known.value?.progress.state !== "ended" && known.value?.instance?.port;
      if (port) ports.add(port);
    }
  }
  return ports;
}

/** Names of the folders in a folder that can be those of environments, instances or jobs; sorted. */
export function foldersIn(path: string): string[] {
  try {
    return namesOf(readdirSync(path, { withFileTypes: true }));
  } catch (error) {
    return noneIfMissing(error);
  }
}

/** The same while the process goes on with other things. */
export async function foldersInAsync(path: string): Promise<string[]> {
  return readdir(path, { withFileTypes: true }).then(namesOf, noneIfMissing);
}

function namesOf(entries: readonly Dirent[]): string[] {
  return entries
    .filter((entry) => entry.isDirectory() && isName(entry.name))
    .map((entry) => entry.name)
    .sort();
}

function noneIfMissing(error: unknown): never[] {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
  throw error;
}
