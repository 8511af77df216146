import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, type SelectQueryBuilder, sql, type Transaction } from "kysely";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Lease, Sign } from "../store.ts";
import type { Tables } from "./tables.ts";

/** What SQL databases differ in. */
export interface Dialect {
  /**
   * Whether a row that is read must be locked against other writers until the transaction ends. Not where transactions
   * that write stand in line anyway.
   */
  readonly locksRows: boolean;
  /** Milliseconds since 1970, by the one clock of all who write to this database. */
  now(transaction: Transaction<Tables>): Promise<number>;
  /** Keeps all others from changing the schema, and from looking at it so, until the transaction ends. */
  lockSchema(transaction: Transaction<Tables>): Promise<void>;
  /** Whether there is anything of Tidegate's in the database yet. */
  hasMeta(db: Kysely<Tables>): Promise<boolean>;
  /** What an error means to the user; `undefined` when it is a bug. */
  failure(error: unknown): Failure | undefined;
  /** Whether another transaction was in the way and nothing of this one was done: then it is tried again. */
  isInTheWay(error: unknown): boolean;
  /** What is wrong with the database's own files or pages, as far as it can tell. */
  damage(db: Kysely<Tables>): Promise<readonly string[]>;
}

export interface DatabaseOptions {
  readonly project: string;
  readonly sign?: Sign | undefined;
  readonly patienceMs?: number;
}

/**
 * The doors through which one project's rows are read and written.
 *
 * Several writers, in this process and others, run at the same time; nothing here relies on there being one. Who reads and then
 * writes what depends on it holds a lock on the row meanwhile, always taken in this order, so that no two wait for each other:
 * environment, then counter, then release. Where the database finds a circle all the same, the transaction is tried again.
 */
export class Database {
  readonly db: Kysely<Tables>;
  readonly dialect: Dialect;
  readonly project: string;
  /** Signs the audit log's head. */
  readonly sign: Sign | undefined;
  /** How long a transaction that others are in the way of is tried again, in milliseconds. */
  readonly #patienceMs: number;

  constructor(db: Kysely<Tables>, dialect: Dialect, { project, sign, patienceMs = 10_000 }: DatabaseOptions) {
    this.db = db;
    this.dialect = dialect;
    this.project = project;
    this.sign = sign;
    this.#patienceMs = patienceMs;
  }

  /** Reads outside of any transaction: one statement sees one moment. */
  read<T>(read: (db: Kysely<Tables>) => Promise<T>): Promise<Result<T>> {
    return this.#guarded(async () => ok(await read(this.db)));
  }

  /** Reads as it all was at one moment, while others write. */
  snapshot<T>(read: (transaction: Transaction<Tables>) => Promise<Result<T>>): Promise<Result<T>> {
    const { dialect, db } = this;
    const transaction = dialect.locksRows ? db.transaction().setIsolationLevel("repeatable read") : db.transaction();
    return this.#guarded(() => transaction.execute(read));
  }

  /** One transaction; nothing of it is left behind when it throws. It may run more than once. */
  write<T>(write: (transaction: Transaction<Tables>) => Promise<Result<T>>): Promise<Result<T>> {
    return this.#guarded(() => this.db.transaction().execute(write));
  }

  /**
   * The one door for writes under a lease: the environment stays locked from the look at its token to the end of the
   * write, so nobody can take over in between.
   */
  async writeUnder<T>(lease: Lease, write: (transaction: Transaction<Tables>) => Promise<T>): Promise<Result<T>> {
    return this.write(async (transaction) => {
      const row = await this.locked(
        transaction
          .selectFrom("environment")
          .select(["token", "holder"])
          .where("project", "=", this.project)
          .where("name", "=", lease.environment),
      ).executeTakeFirst();
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

  /** The query, its rows locked until the transaction ends. */
  locked<T extends keyof Tables, O>(query: SelectQueryBuilder<Tables, T, O>): SelectQueryBuilder<Tables, T, O> {
    return this.dialect.locksRows ? query.forUpdate() : query;
  }

  /**
   * The last of `many` new numbers, all higher than `above` and than any number given out before. The counter stays
   * locked until the transaction ends: numbers become visible in their order, and one that was not used is not lost.
   */
  async next(
    transaction: Transaction<Tables>,
    name: "deployment" | "made" | "incident" | "event" | "snapshot" | "audit",
    { many = 1, above = 0 } = {},
  ): Promise<number> {
    const row = await transaction
      .insertInto("counter")
      .values({ project: this.project, name, value: above + many })
      .onConflict((conflict) =>
        conflict.columns(["project", "name"]).doUpdateSet({
          value: sql<number>`case when counter.value > ${above} then counter.value else ${above} end + ${many}`,
        }),
      )
      .returning("value")
      .executeTakeFirstOrThrow();
    return row.value;
  }

  async #guarded<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const deadline = performance.now() + this.#patienceMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
      try {
        return await work();
      } catch (error) {
        const mayTry = this.dialect.isInTheWay(error) && performance.now() < deadline;
        const failure = mayTry ? undefined : this.dialect.failure(error);
        if (failure !== undefined) return failed(failure);
        if (!mayTry) throw error;
      }
      await wait(pauseMs * (0.5 + Math.random()));
    }
  }
}
