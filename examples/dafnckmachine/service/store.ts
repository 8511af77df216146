import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { Step } from "./brain.ts";

/** Where the board keeps its steps. */
export interface Store {
  steps(limit: number): Promise<readonly Step[]>;
  /** Whether there is such a step. */
  setStatus(key: string, status: string): Promise<boolean>;
  close(): Promise<void>;
}

/** In the PostgreSQL database of the environment. A request waits while that cannot be reached, for up to three seconds. */
export function openStore(url: string): Store {
  const pool = new pg.Pool({ connectionString: url, max: 5, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while nobody uses it is replaced by the next query.
  pool.on("error", (error) => console.error(JSON.stringify({ level: "error", message: error.message })));
  return {
    async steps(limit) {
      const text =
        'select key, task_id as "taskId", agent, phase, status, position from step order by position, key limit $1';
      const { rows } = await steadily(() => pool.query(text, [limit]));
      return rows;
    },
    async setStatus(key, status) {
      const text = "update step set status = $2 where key = $1";
      const { rowCount } = await steadily(() => pool.query(text, [key, status]));
      return rowCount === 1;
    },
    close: () => pool.end(),
  };
}

/**
 * Tries again while the database is away: when it is saved before a migration it takes no connections for a moment. Only for what
 * may be done twice.
 */
export async function steadily<T>(work: () => Promise<T>, tries = 30, pauseMs = 100): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left <= 1 || !isAway(error)) throw error;
      await wait(pauseMs);
    }
  }
}

/** Of the connection, not of the statement; 55000: the database takes no connections at the moment. */
function isAway(error: unknown): boolean {
  const { code = "", message = "" } = error as { readonly code?: string; readonly message?: string };
  return /^(08|57P0)|^(55000|ECONNREFUSED|ECONNRESET)$/.test(code) || /^Connection terminated/.test(message);
}

/** Brings the tables and the steps of the files into the database; safe to run again. What people changed stays. */
export async function migrate(url: string, steps: readonly Step[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("begin");
    await client.query(
      "create table if not exists step (key text primary key, task_id text not null, agent text not null, " +
        "phase text not null, status text not null, position integer not null)",
    );
    for (const { key, taskId, agent, phase, status, position } of steps) {
      await client.query(
        "insert into step values ($1, $2, $3, $4, $5, $6) on conflict (key) do update set task_id = excluded.task_id, " +
          "agent = excluded.agent, phase = excluded.phase, position = excluded.position",
        [key, taskId, agent, phase, status, position],
      );
    }
    await client.query("commit");
  } finally {
    await client.end();
  }
}
