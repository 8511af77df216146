import * as v from "valibot";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { ResourceContext } from "../resource.ts";

/** What an environment wants of a database, as it is stored. */
export type PostgresSpec = Extract<ResourceSpec, { readonly resource: "postgres" }>;

const schema = v.variant("where", [
  v.strictObject({
    where: v.literal("local"),
    major: v.string(),
    database: v.string(),
    role: v.string(),
    /** A restore that was begun: the database that it fills, and what the one before is called until it is dropped. */
    restoring: v.exactOptional(v.strictObject({ snapshot: v.string(), fresh: v.string(), old: v.string() })),
    /** A throw-away database of a rehearsal; its name follows from `database`, so that it is not written any more. */
    trying: v.exactOptional(v.string()),
  }),
  v.strictObject({ where: v.literal("external"), secret: v.string() }),
]);

/** What the ledger has of a resource. */
export type PostgresMade = v.InferOutput<typeof schema>;
export type LocalMade = Extract<PostgresMade, { where: "local" }>;

/** What of it is known from before; `undefined`: nothing was ever begun. */
export function madeOf(context: ResourceContext): Result<PostgresMade | undefined> {
  if (context.made === undefined) return ok(undefined);
  const parsed = v.safeParse(schema, context.made);
  if (parsed.success) return ok(parsed.output);
  const message = `The ledger's entry for a database in ${context.environment} is not understood`;
  return failed({ code: "state-newer", message, hint: "Use the version of Tidegate that made it." });
}

/** The same for what must have been made here. `name`: of the resource. */
export function localOf(name: string, context: ResourceContext): Result<LocalMade> {
  const made = madeOf(context);
  if (!made.ok) return made;
  if (made.value?.where === "local") return ok(made.value);
  const message = `The database ${name} of ${context.environment} was never created`;
  return failed({ code: "unknown-resource", message, hint: `tidegate env create ${context.environment}` });
}
