import type { Result } from "../../../errors/result.ts";
import type { ResourceContext } from "../../resource.ts";
import type { Login } from "../client/connect.ts";
import { readDatabase } from "../database/database.ts";
import { mendRole } from "../database/role.ts";
import { passwordOf, whereOf } from "../local.ts";
import type { LocalMade, PostgresSpec } from "../made.ts";
import { asSuperuser, type Server, withServer } from "../server/server.ts";

/** One database of the project's own server, while it is saved or restored. */
export interface At {
  readonly spec: PostgresSpec;
  readonly context: ResourceContext;
  readonly made: LocalMade;
  readonly server: Server;
}

/** Calls `work` while the server runs and the role can come in. What the server throws becomes a failure. */
export function atDatabase<T>(
  spec: PostgresSpec,
  context: ResourceContext,
  made: LocalMade,
  from: readonly string[],
  work: (at: At) => Promise<Result<T>>,
): Promise<Result<T>> {
  const needs = { from, say: context.say, signal: context.signal, mayMake: false };
  return withServer(context, made.major, whereOf(spec, context), needs, async (server) => {
    await asSuperuser(server, "postgres", (client) => mendRole(client, made.role, passwordOf(spec, context)));
    return await work({ spec, context, made, server });
  });
}

/** The environment's own way into a database: not the superuser's, because what is in it brings code of its own. */
export function roleLogin({ spec, context, made, server }: At, database: string): Login {
  return { ...server.login, user: made.role, password: passwordOf(spec, context), database };
}

/** Whether there is a database of that name. @throws the server's error. */
export async function isThere(at: At, name: string): Promise<boolean> {
  return (await asSuperuser(at.server, "postgres", (client) => readDatabase(client, name))) !== undefined;
}

/** Writes down what goes on now: what has to be removed when it does not come to its end. */
export async function noteGoingOn(at: At, going: Pick<LocalMade, "restoring">): Promise<Result<void>> {
  const { where, major, database, role } = at.made;
  return await at.context.note({ where, major, database, role, ...going });
}

/** The end of it. */
export async function noteDone(at: At): Promise<Result<void>> {
  return await noteGoingOn(at, {});
}
