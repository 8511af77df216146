import { failed, ok, type Result } from "../../errors/result.ts";
import type { ResourceContext, ResourceProvider } from "../resource.ts";
import { connectExternal, createExternal, externalHint, isExternal, observeExternal } from "./external.ts";
import { connectLocal, createLocal, destroyLocal, observeLocal, recallLocal, resetLocal } from "./local.ts";
import { localOf, madeOf, type PostgresMade, type PostgresSpec } from "./made.ts";
import { findPrograms } from "./server/programs.ts";
import { restServers, tendServers } from "./server/tend.ts";
import { postgresSnapshots } from "./snapshots/snapshots.ts";

export interface PostgresProviderOptions {
  /** Folders, such as the project's, that npm's PostgreSQL is looked for from besides Tidegate's own. Default: none. */
  readonly from?: readonly string[];
}

/**
 * PostgreSQL: a database and a role per environment on a server that the project has for itself, made of the machine's
 * programs or npm's; or a database that somebody else looks after.
 */
export function postgresProvider({ from = [] }: PostgresProviderOptions = {}): ResourceProvider<PostgresSpec> {
  return {
    kind: "postgres",
    create: async (spec, context) => {
      const made = madeOf(context);
      if (!made.ok) return made;
      if (isExternal(spec))
        return made.value?.where === "local" ? stillLocal(spec, context) : createExternal(spec, context);
      return createLocal(spec, context, from, made.value?.where === "local" ? made.value : undefined);
    },
    connect: async (spec, context) => {
      if (isExternal(spec)) return connectExternal(spec, context);
      const made = localOf(spec.name, context);
      return made.ok ? connectLocal(spec, context, from, made.value) : made;
    },
    recall: async (spec, context) => {
      if (isExternal(spec)) return connectExternal(spec, context);
      const made = localOf(spec.name, context);
      return made.ok ? recallLocal(spec, context, made.value) : made;
    },
    observe: async (spec, context, depth) => {
      const made = madeOf(context);
      if (!made.ok) return made;
      if (isExternal(spec)) return observeExternal(spec, context, depth);
      return made.value?.where === "local" ? observeLocal(spec, context, made.value, depth) : ok({ state: "absent" });
    },
    mending: (spec, at) => {
      if (isExternal(spec)) return [externalHint(spec, at)];
      return [
        `To have it created or repaired: tidegate env create ${at.environment}`,
        `To bring back what it kept: tidegate env restore ${at.environment} --resource ${at.name} --yes`,
      ];
    },
    destroy: async (spec, context) => {
      const made = madeOf(context);
      if (!made.ok || made.value === undefined) return made.ok ? ok() : made;
      return await destroyMade(spec, context, made.value);
    },
    reset: async (spec, context) => {
      if (isExternal(spec)) return ok();
      const made = localOf(spec.name, context);
      return made.ok ? resetLocal(spec, context, from, made.value) : made;
    },
    snapshots: postgresSnapshots(from),
    versionsHere: async () => (await findPrograms(from)).map(({ major }) => major),
    tend: (host, needs) => tendServers(host, from, needs),
    rest: restServers,
  };

  function destroyMade(spec: PostgresSpec, context: ResourceContext, made: PostgresMade): Promise<Result<void>> {
    if (made.where === "local") return destroyLocal(spec, context, from, made);
    context.say(`The external database ${spec.name} stays as it is: it is managed elsewhere`);
    return Promise.resolve(ok());
  }
}

/** What is there must not be forgotten by saying that it is external. */
function stillLocal(spec: PostgresSpec, context: ResourceContext) {
  return failed({
    code: "resource-changed",
    message: `The database ${spec.name} of ${context.environment} was created here, but the definition now says that it is external`,
    hint: `First copy its data out with pg_dump: destroying it also removes its snapshots. Then: tidegate env destroy ${context.environment} --yes`,
  });
}
