import type { Kysely, Transaction } from "kysely";
import { failed, ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { toDeployment, toEnvironment, toIncident, toRelease } from "./records.ts";
import type {
  DeploymentEnd,
  DeploymentRecord,
  EnvironmentRecord,
  IncidentRecord,
  JournalEntry,
  Lease,
  LeaseRequest,
  NewDeployment,
  NumberedAbove,
  Quarantine,
  ReleaseRecord,
  Store,
} from "./store.ts";
import type { Tables } from "./tables.ts";

const incidentsKept = 1_000;

/** A store in any SQL database that Kysely speaks to. The schema must be up to date (`migrate`). */
export class SqlStore implements Store {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  async addRelease(release: ReleaseRecord): Promise<Result<void>> {
    const row = {
      digest: release.digest,
      created_at: release.createdAt,
      files: release.files,
      bytes: release.bytes,
      run: release.run ?? null,
      provenance: JSON.stringify(release.provenance),
      quarantined_at: null,
      quarantine_reason: null,
    };
    return this.#guarded(async (transaction) => {
      await transaction
        .insertInto("release")
        .values(row)
        .onConflict((c) => c.doNothing())
        .execute();
      return ok();
    });
  }

  async releases(): Promise<readonly ReleaseRecord[]> {
    return (await this.#db.selectFrom("release").selectAll().orderBy("created_at", "desc").execute()).map(toRelease);
  }

  async findReleases(prefix: string): Promise<readonly ReleaseRecord[]> {
    const start = prefix.startsWith("sha256:") ? prefix : `sha256:${prefix}`;
    return (await this.releases()).filter((release) => release.digest.startsWith(start));
  }

  async setQuarantine(digest: string, quarantine: Quarantine | undefined): Promise<Result<void>> {
    return this.#guarded(async (transaction) => {
      await transaction
        .updateTable("release")
        .set({ quarantined_at: quarantine?.at ?? null, quarantine_reason: quarantine?.reason ?? null })
        .where("digest", "=", digest)
        .execute();
      return ok();
    });
  }

  async acquireLease(request: LeaseRequest): Promise<Result<Lease>> {
    return this.#guarded(async (transaction) => {
      await ensureEnvironment(transaction, request.environment);
      const row = await environmentRow(transaction, request.environment);
      const other = row.holder !== null && row.holder !== request.holder && row.expires_at > request.now;
      if (other && !request.isGone?.(row.holder ?? "")) {
        return failed({
          code: "environment-busy",
          message: `Another writer has the environment "${request.environment}"`,
          hint: "Wait for it to finish: tidegate status",
        });
      }
      const token = Math.max(row.token + 1, Math.floor(request.now));
      await transaction
        .updateTable("environment")
        .set({ holder: request.holder, token, expires_at: request.now + request.ttlMs })
        .where("name", "=", request.environment)
        .execute();
      return ok({ environment: request.environment, holder: request.holder, token });
    });
  }

  async renewLease(lease: Lease, expiresAt: number): Promise<Result<void>> {
    return this.#update(lease, (transaction) =>
      transaction
        .updateTable("environment")
        .set({ expires_at: expiresAt })
        .where("name", "=", lease.environment)
        .execute(),
    );
  }

  async releaseLease(lease: Lease): Promise<void> {
    await this.#db
      .updateTable("environment")
      .set({ holder: null, expires_at: 0 })
      .where("name", "=", lease.environment)
      .where("token", "=", lease.token)
      .execute();
  }

  async createDeployment(lease: Lease, deployment: NewDeployment & NumberedAbove): Promise<Result<DeploymentRecord>> {
    const { release, kind, at, spec, above = 0 } = deployment;
    return this.#write(lease, async (transaction) => {
      const id = Math.max(await highestDeployment(transaction), above) + 1;
      const row = await transaction
        .insertInto("deployment")
        .values({ id, environment: lease.environment, release, kind, at, spec: JSON.stringify(spec) })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toDeployment(row);
    });
  }

  async appendJournal(lease: Lease, deployment: number, entry: JournalEntry): Promise<Result<void>> {
    return this.#update(lease, async (transaction) => {
      const last = await transaction
        .selectFrom("journal")
        .select(({ fn }) => fn.max("seq").as("seq"))
        .where("deployment", "=", deployment)
        .executeTakeFirst();
      const seq = Number(last?.seq ?? 0) + 1;
      const row = { deployment, seq, at: entry.at, event: JSON.stringify(entry.event) };
      await transaction.insertInto("journal").values(row).execute();
    });
  }

  async journal(deployment: number): Promise<readonly JournalEntry[]> {
    const query = this.#db.selectFrom("journal").selectAll().where("deployment", "=", deployment);
    const rows = await query.orderBy("seq").execute();
    return rows.map((row) => ({ at: row.at, event: JSON.parse(row.event) }));
  }

  async finishDeployment(lease: Lease, deployment: number, end: DeploymentEnd): Promise<Result<void>> {
    const members = JSON.stringify(end.members);
    const serving = end.serving ?? null;
    return this.#update(lease, async (transaction) => {
      await transaction
        .updateTable("deployment")
        .set({ ended_at: end.at, outcome: end.outcome, failures: JSON.stringify(end.failures), members, serving })
        .where("id", "=", deployment)
        .execute();
      await transaction
        .updateTable("environment")
        .set({ serving, members, stopped: 0 })
        .where("name", "=", lease.environment)
        .execute();
    });
  }

  async deployment(id: number): Promise<DeploymentRecord | undefined> {
    const row = await this.#db.selectFrom("deployment").selectAll().where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : toDeployment(row);
  }

  async deployments(filter: { environment?: string; limit?: number } = {}): Promise<readonly DeploymentRecord[]> {
    let query = this.#db.selectFrom("deployment").selectAll().orderBy("id", "desc");
    if (filter.environment !== undefined) query = query.where("environment", "=", filter.environment);
    if (filter.limit !== undefined) query = query.limit(filter.limit);
    return (await query.execute()).map(toDeployment);
  }

  async unfinishedDeployments(): Promise<readonly DeploymentRecord[]> {
    const query = this.#db.selectFrom("deployment").selectAll().where("ended_at", "is", null);
    return (await query.orderBy("id").execute()).map(toDeployment);
  }

  async environment(name: string): Promise<EnvironmentRecord | undefined> {
    const row = await this.#db.selectFrom("environment").selectAll().where("name", "=", name).executeTakeFirst();
    return row === undefined ? undefined : toEnvironment(row);
  }

  async environments(): Promise<readonly EnvironmentRecord[]> {
    return (await this.#db.selectFrom("environment").selectAll().orderBy("name").execute()).map(toEnvironment);
  }

  async setStopped(lease: Lease, stopped: boolean): Promise<Result<void>> {
    return this.#update(lease, (transaction) =>
      transaction
        .updateTable("environment")
        .set({ stopped: stopped ? 1 : 0 })
        .where("name", "=", lease.environment)
        .execute(),
    );
  }

  async clearEnvironment(lease: Lease): Promise<Result<void>> {
    return this.#update(lease, (transaction) =>
      transaction
        .updateTable("environment")
        .set({ serving: null, members: "[]", stopped: 0 })
        .where("name", "=", lease.environment)
        .execute(),
    );
  }

  async addIncident({ at, environment, event }: IncidentRecord): Promise<Result<void>> {
    return this.#guarded(async (transaction) => {
      await transaction
        .insertInto("incident")
        .values({ at, environment, event: JSON.stringify(event) })
        .execute();
      const ids = transaction.selectFrom("incident").select("id").where("environment", "=", environment);
      const tooOld = await ids.orderBy("id", "desc").offset(incidentsKept).limit(1).executeTakeFirst();
      if (tooOld === undefined) return ok();
      const old = transaction.deleteFrom("incident").where("environment", "=", environment);
      await old.where("id", "<=", tooOld.id).execute();
      return ok();
    });
  }

  async incidents(filter: { environment?: string; limit: number }): Promise<readonly IncidentRecord[]> {
    let query = this.#db.selectFrom("incident").selectAll().orderBy("id", "desc").limit(filter.limit);
    if (filter.environment !== undefined) query = query.where("environment", "=", filter.environment);
    return (await query.execute()).map(toIncident);
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }

  async #update(lease: Lease, write: (transaction: Transaction<Tables>) => Promise<unknown>): Promise<Result<void>> {
    const written = await this.#write(lease, write);
    return written.ok ? ok() : written;
  }

  /** The one door for writes under a lease: the token is checked and the write done in one transaction. */
  async #write<T>(lease: Lease, write: (transaction: Transaction<Tables>) => Promise<T>): Promise<Result<T>> {
    return this.#guarded(async (transaction) => {
      const row = await transaction
        .selectFrom("environment")
        .select(["token", "holder"])
        .where("name", "=", lease.environment)
        .executeTakeFirst();
      if (row?.token !== lease.token || row.holder !== lease.holder) {
        return failed({
          code: "stale-writer",
          message: `Another writer took over the environment "${lease.environment}"`,
          hint: "See what it did: tidegate history",
        });
      }
      return ok(await write(transaction));
    });
  }

  /** A full or read-only disk is an expected failure; the transaction has left nothing behind then. */
  async #guarded<T>(write: (transaction: Transaction<Tables>) => Promise<Result<T>>): Promise<Result<T>> {
    try {
      return await this.#db.transaction().execute(write);
    } catch (error) {
      const failure = fileFailure(error);
      if (failure === undefined) throw error;
      return failed(failure);
    }
  }
}

async function ensureEnvironment(transaction: Transaction<Tables>, name: string): Promise<void> {
  const row = { name, serving: null, members: "[]", stopped: 0, holder: null, token: 0, expires_at: 0 };
  await transaction
    .insertInto("environment")
    .values(row)
    .onConflict((c) => c.doNothing())
    .execute();
}

async function highestDeployment(transaction: Transaction<Tables>): Promise<number> {
  const row = await transaction
    .selectFrom("deployment")
    .select(({ fn }) => fn.max("id").as("id"))
    .executeTakeFirst();
  return Number(row?.id ?? 0);
}

async function environmentRow(transaction: Transaction<Tables>, name: string) {
  return transaction.selectFrom("environment").selectAll().where("name", "=", name).executeTakeFirstOrThrow();
}
