import { failed, ok, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { type ProcessLock, takeProcessLock, waitForProcessLock } from "../../../process/process-lock.ts";
import type { ResourceHost } from "../../resource.ts";
import { type Client, type Login, withClient } from "../client/connect.ts";
import { guardServer, type Where } from "../client/failures.ts";
import { beingStarted, bringUp, isMade, patienceMs, type ServerNeeds, superPassword } from "./bring-up.ts";
import { readServer, type ServerPlace, type ServerRecord, serverPlace } from "./record.ts";
import { lookAt, superLogin } from "./start.ts";

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
          server.value !== undefined && (await lookAt(server.value.record, superPassword(host))).state === "answers";
        if (!answers) return ok(undefined);
        const done = await guardServer({ ...where, folder: server.value.record.home }, () =>
          work(server.value as Server),
        );
        return done.ok ? ok({ done: done.value }) : done;
      });
      if (!used.ok) return used;
      if (used.value !== undefined) return ok(used.value.done);
      const up = await bringUp(host, major, needs);
      if (!up.ok) return up;
      if (attempt === 3) return failed(beingStarted(place));
    }
  });
}

/** The server as it was written down; nothing is asked of it. `undefined`: there is none. @throws the system's error. */
export function serverAt(host: ResourceHost, place: ServerPlace): Result<Server | undefined> {
  const record = readServer(place);
  if (!record.ok || record.value === undefined) return record as Result<undefined>;
  return ok({ place, record: record.value, login: superLogin(record.value, superPassword(host)) });
}

function noServer({ what, hint }: Where): Result<never> {
  return failed({ code: "resource-gone", message: `${what} is gone: its server no longer exists`, hint });
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
  if (lock === undefined) return failed(beingStarted(place));
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
