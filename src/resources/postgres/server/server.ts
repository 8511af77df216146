import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { type ProcessLock, takeProcessLock, waitForProcessLock } from "../../../process/process-lock.ts";
import type { Secret } from "../../../secrets/secret.ts";
import type { ResourceHost } from "../../resource.ts";
import { type Client, type Login, withClient } from "../client/connect.ts";
import { guardServer, type Where } from "../client/failures.ts";
import { copiedPrograms } from "./copy-programs.ts";
import { initialise } from "./initialise.ts";
import { homeOf, makePassable, programsParent, serverOwner } from "./owner.ts";
import { freePort } from "./port.ts";
import { programsOf } from "./programs.ts";
import { readServer, type ServerPlace, type ServerRecord, serverPlace, writeServer } from "./record.ts";
import { lookAt, startServer, superLogin } from "./start.ts";

/**
 * A project's server of one major version. Any number of calls use it at a time, holding its lock shared, so that nobody
 * stops it under them; who makes, starts or removes it holds the lock alone. Two creates at once make one server.
 */
export interface Server {
  readonly place: ServerPlace;
  readonly record: ServerRecord;
  /** How to come in as the superuser. */
  readonly login: Login;
}

export interface ServerNeeds {
  /** Folders that npm's PostgreSQL is looked for from, besides Tidegate's own. */
  readonly from: readonly string[];
  /** Progress, for people. */
  say(text: string): void;
  readonly signal?: AbortSignal;
  /** Whether a server that was never made, or whose data is gone, is made. */
  readonly mayMake: boolean;
}

/** How long somebody waits for another one that starts the server, in milliseconds. */
const patienceMs = 180_000;

export function superPassword(host: ResourceHost): Secret {
  return host.derive("postgres superuser");
}

/**
 * Calls `work` while the server is sure to stay; it is made and started when needed. What the server answers in `work` may
 * be thrown: it becomes a failure.
 */
export async function withServer<T>(
  host: ResourceHost,
  major: string,
  where: Where,
  needs: ServerNeeds,
  work: (server: Server) => Promise<Result<T>>,
): Promise<Result<T>> {
  const place = serverPlace(host, major);
  return await guardDisk(async () => {
    makeFolder(host.folder);
    for (let attempt = 1; ; attempt += 1) {
      const used = await whileUsed(place, needs, async () => {
        const server = serverAt(host, place);
        if (!server.ok) return server;
        if (!needs.mayMake && !isMade(server.value?.record)) return noServer(where);
        const answers =
          server.value !== undefined && (await lookAt(server.value.record, superPassword(host))) === "answers";
        if (!answers) return ok(undefined);
        const done = await guardServer(where, () => work(server.value as Server));
        return done.ok ? ok({ done: done.value }) : done;
      });
      if (!used.ok) return used;
      if (used.value !== undefined) return ok(used.value.done);
      const up = await bringUp(host, major, needs);
      if (!up.ok) return up;
      if (attempt === 3) return failed(busy(place));
    }
  });
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
  if (lock === undefined) return failed(busy(place));
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
  if (known.value !== undefined && (await lookAt(known.value, password)) === "answers") return ok();
  if (!needs.mayMake && !isMade(known.value)) return ok();
  const record = await recordFor(host, place, major, known.value, needs);
  if (!record.ok) return record;
  if (!existsSync(join(record.value.home, "data"))) needs.say(`Making the project's PostgreSQL ${major}`);
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
  const owner = serverOwner();
  if (!owner.ok) return owner;
  const isWhole = known !== undefined && existsSync(join(known.bin, "postgres"));
  const programs = isWhole ? undefined : await programsOf(major, needs.from);
  if (programs?.ok === false) return programs;
  makeFolder(place.folder);
  const home = known?.home ?? homeOf(owner.value, place.folder);
  makePassable(owner.value, home);
  const port = await freePort(place.folder, known?.port);
  if (known !== undefined && port !== known.port)
    needs.say(
      `Port ${known.port} is taken by another program: PostgreSQL ${major} listens on ${port} now; restart what uses it`,
    );
  const bin =
    programs === undefined
      ? (known as ServerRecord).bin
      : copiedPrograms(programs.value, programsParent(owner.value, host.folder));
  const record = { major, bin, home, port, ...owner.value } as ServerRecord;
  writeServer(place, record);
  return ok(record);
}

/** The server as it was written down; nothing is asked of it. `undefined`: there is none. @throws the system's error. */
export function serverAt(host: ResourceHost, place: ServerPlace): Result<Server | undefined> {
  const record = readServer(place);
  if (!record.ok || record.value === undefined) return record as Result<undefined>;
  return ok({ place, record: record.value, login: superLogin(record.value, superPassword(host)) });
}

/** Whether there is data of a server. */
export function isMade(record: ServerRecord | undefined): record is ServerRecord {
  return record !== undefined && existsSync(join(record.home, "data"));
}

function noServer({ what, hint }: Where): Result<never> {
  return failed({ code: "resource-failed", message: `${what} is gone: its server is not there any more`, hint });
}

/** The lock of who starts or removes the server, when nobody uses it. @throws when it cannot be opened. */
export function lockAlone(place: ServerPlace): ProcessLock | undefined {
  return takeProcessLock(place.lock);
}

async function whileUsed<T>(
  place: ServerPlace,
  needs: ServerNeeds,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const signal = needs.signal === undefined ? {} : { signal: needs.signal };
  const lock = await waitForProcessLock(place.lock, patienceMs, { how: "shared", ...signal });
  if (lock === undefined) return failed(busy(place));
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** A connection as the superuser, to a database. @throws the server's error. */
export function asSuperuser<T>(server: Server, database: string, work: (client: Client) => Promise<T>): Promise<T> {
  return withClient({ ...server.login, database }, work);
}

function busy(place: ServerPlace) {
  return {
    code: "resource-unreachable",
    message: "The project's PostgreSQL does not come up, or is being started by somebody else",
    hint: `Run the command again. The server's log: ${place.log}`,
  } as const;
}
