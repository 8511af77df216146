import type { Kysely } from "kysely";
import { ok } from "../../errors/result.ts";
import type { HighWater, Store } from "../store.ts";
import type { Database } from "./database.ts";
import { toDeployment, toDocument, toEnvironment, toEvent, toIncident, toRelease } from "./records.ts";
import type { Tables } from "./tables.ts";

export function upkeepIn(database: Database): Pick<Store, "highWater" | "check"> {
  const { project, dialect } = database;
  return {
    highWater: () => database.read((db) => highWater(db, project)),

    async check() {
      const damage = await database.read((db) => dialect.damage(db));
      // What a damaged file says of its rows is no use to anybody.
      if (!damage.ok || damage.value.length > 0) return damage;
      return database.snapshot(async (transaction) => ok(await findProblems(transaction, project)));
    },
  };
}

async function highWater(db: Kysely<Tables>, project: string): Promise<HighWater> {
  const counters = await db.selectFrom("counter").selectAll().where("project", "=", project).execute();
  const lease = await db
    .selectFrom("environment")
    .select(({ fn }) => fn.max("token").as("token"))
    .where("project", "=", project)
    .executeTakeFirst();
  const last = (name: string) => counters.find((counter) => counter.name === name)?.value ?? 0;
  return { deployment: last("deployment"), token: Number(lease?.token ?? 0), event: last("event") };
}

/** What cannot be, if only this version and those before have written. */
async function findProblems(db: Kysely<Tables>, project: string): Promise<string[]> {
  const rowsOf = <T extends keyof Omit<Tables, "meta">>(table: T) =>
    db
      .selectFrom(table as "release")
      .selectAll()
      .where("project", "=", project)
      .execute() as unknown as Promise<Tables[T][]>;
  const problems: string[] = [];
  const readable = <R>(rows: readonly R[], what: (row: R) => string, read: (row: R) => unknown) => {
    for (const row of rows) {
      try {
        read(row);
      } catch {
        problems.push(`${what(row)} cannot be read.`);
      }
    }
  };
  const deployments = await rowsOf("deployment");
  const environments = await rowsOf("environment");
  const journal = await rowsOf("journal");
  const ids = new Set(deployments.map(({ id }) => id));
  readable(await rowsOf("release"), ({ digest }) => `Release ${digest}`, toRelease);
  readable(deployments, ({ id }) => `Deployment ${id}`, toDeployment);
  readable(environments, ({ name }) => `Environment ${name}`, toEnvironment);
  readable(
    journal,
    ({ deployment, seq }) => `Entry ${seq} of deployment ${deployment}'s journal`,
    ({ event }) => toDocument(event),
  );
  readable(await rowsOf("incident"), ({ id }) => `Incident ${id}`, toIncident);
  readable(await rowsOf("event"), ({ seq }) => `Event ${seq}`, toEvent);
  readable(
    await rowsOf("resource"),
    ({ environment, name }) => `Resource ${name} of ${environment}`,
    ({ document }) => toDocument(document),
  );
  readable(
    await rowsOf("matter"),
    ({ deployment, kind }) => `What awaits a person (${kind}) because of deployment ${deployment}`,
    ({ document }) => toDocument(document),
  );
  readable(
    await rowsOf("snapshot"),
    ({ id }) => `Snapshot ${id}`,
    ({ document }) => toDocument(document),
  );
  for (const { name, serving } of environments)
    if (serving !== null && !ids.has(serving))
      problems.push(`Environment ${name} is recorded as serving deployment ${serving}, which does not exist.`);
  for (const deployment of new Set(journal.map((entry) => entry.deployment)))
    if (!ids.has(deployment)) problems.push(`There is a journal of deployment ${deployment}, which does not exist.`);
  const { deployment: last } = await highWater(db, project);
  const highest = Math.max(0, ...ids);
  if (highest > last) problems.push(`Deployment ${highest} exists, but only ${last} were counted.`);
  return problems;
}
