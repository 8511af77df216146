import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { waitForProcessLock } from "../../../process/process-lock.ts";
import type { Secret } from "../../../secrets/secret.ts";
import type { ResourceHost } from "../../resource.ts";
import { copiedPrograms } from "./copy-programs.ts";
import { initialise } from "./initialise.ts";
import { homeOf, makePassable, ownerOfServer, programsParent, serverOwner } from "./owner.ts";
import { freePort } from "./port.ts";
import { programsOf } from "./programs.ts";
import { readServer, type ServerPlace, type ServerRecord, serverPlace, writeServer } from "./record.ts";
import { awaitServer, isRunning, lookAt, startServer } from "./start.ts";

export interface ServerNeeds {
  /** Folders that npm's PostgreSQL is looked for from, besides Tidegate's own. */
  readonly from: readonly string[];
  /** Progress, for people. */
  say(text: string): void;
  readonly signal?: AbortSignal;
  /** Whether a server that was never created, or whose data is gone, is made. */
  readonly mayMake: boolean;
}

/** How long somebody waits for another one that starts the server, in milliseconds. */
export const patienceMs = 180_000;

export function superPassword(host: ResourceHost): Secret {
  return host.derive("postgres superuser");
}

/** Whether there is data of a server. */
export function isMade(record: ServerRecord | undefined): record is ServerRecord {
  return record !== undefined && existsSync(join(record.home, "data"));
}

/** Makes the server if it may, starts it if needed; one that is not there and may not be made is left at that. */
export async function bringUp(host: ResourceHost, major: string, needs: ServerNeeds): Promise<Result<void>> {
  const place = serverPlace(host, major);
  makeFolder(host.folder);
  const lock = await waitForProcessLock(
    place.lock,
    patienceMs,
    needs.signal === undefined ? {} : { signal: needs.signal },
  );
  if (lock === undefined) return failed(beingStarted(place));
  try {
    return await bringUpLocked(host, place, major, needs);
  } finally {
    lock.release();
  }
}

async function bringUpLocked(
  host: ResourceHost,
  place: ServerPlace,
  major: string,
  needs: ServerNeeds,
): Promise<Result<void>> {
  const password = superPassword(host);
  const known = readServer(place);
  if (!known.ok) return known;
  if (known.value !== undefined && (await lookAt(known.value, password)).state === "answers") return ok();
  if (!needs.mayMake && !isMade(known.value)) return ok();
  // It comes up just now: whoever started it was killed, or it recovers.
  if (known.value !== undefined && isRunning(known.value)) return await awaitServer(place, known.value, password);
  const record = await recordFor(host, place, major, known.value, needs);
  if (!record.ok) return record;
  if (!existsSync(join(record.value.home, "data"))) needs.say(`Creating the project's PostgreSQL ${major}`);
  const made = await initialise(record.value, password);
  if (!made.ok) return made;
  return await startServer(place, record.value, password);
}

/** The record of what is about to be made, or of what is there with a port that is free now. */
async function recordFor(
  host: ResourceHost,
  place: ServerPlace,
  major: string,
  known: ServerRecord | undefined,
  needs: ServerNeeds,
): Promise<Result<ServerRecord>> {
  const owner = known === undefined ? serverOwner() : ownerOfServer(known);
  if (!owner.ok) return owner;
  const isWhole = known !== undefined && existsSync(join(known.bin, "postgres"));
  const programs = isWhole ? undefined : await programsOf(major, needs.from);
  if (programs?.ok === false) return programs;
  makeFolder(place.folder);
  const home = known?.home ?? homeOf(owner.value, place.folder);
  makePassable(owner.value, home);
  const free = await freePort(place.folder, known?.port);
  if (!free.ok) return free;
  const port = free.value;
  if (known !== undefined && port !== known.port)
    needs.say(
      `Port ${known.port} is in use by another program: PostgreSQL ${major} now listens on ${port}; restart whatever uses it`,
    );
  const bin =
    programs === undefined
      ? (known as ServerRecord).bin
      : copiedPrograms(programs.value, programsParent(owner.value, host.folder));
  // Without that it rests: it is to run now.
  const record = { major, bin, home, port, ...owner.value } as ServerRecord;
  writeServer(place, record);
  return ok(record);
}

/** The failure of who waited for a server in vain. */
export function beingStarted(place: ServerPlace) {
  return {
    code: "resource-unreachable",
    message: "The project's PostgreSQL did not start, or is being started by somebody else",
    hint: `Run the command again. The server's log: ${place.log}`,
  } as const;
}
