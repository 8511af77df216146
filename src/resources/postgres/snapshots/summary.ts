import { writeFileSync } from "node:fs";
import * as v from "valibot";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import type { Client } from "../client/connect.ts";
import { beginFile, finishFile } from "./files.ts";

const schema = v.strictObject({
  /** Of the database, when it was saved. */
  bytes: v.number(),
  tables: v.array(v.strictObject({ name: v.string(), rows: v.string(), digest: v.exactOptional(v.string()) })),
});

/** What was in a snapshot when it was taken: a restored one must have the same. */
export type Summary = v.InferOutput<typeof schema>;

/** Rows of larger ones are counted and not compared. */
const largest = 1_000_000_000;

/**
 * Counts the rows of each table, and sums up hashes of them, in whatever order they are. Only for the role that the tables
 * belong to: types of its own bring code of its own.
 *
 * @throws the server's error.
 */
export async function summarise(client: Client, bytes: number): Promise<Summary> {
  await client.query("set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'postgres'");
  const found = await client.query<{ schema: string; name: string }>(
    `select n.nspname::text as schema, c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by n.nspname collate "C", c.relname collate "C"`,
  );
  const tables: Summary["tables"] = [];
  for (const { schema: space, name } of found.rows) {
    const table = `${client.escapeIdentifier(space)}.${client.escapeIdentifier(name)}`;
    tables.push({ name: `${space}.${name}`, ...(await countRows(client, table, bytes <= largest)) });
  }
  return { bytes, tables };
}

async function countRows(client: Client, table: string, isHashed: boolean): Promise<{ rows: string; digest?: string }> {
  const digest = isHashed ? ", coalesce(sum(hashtextextended(tidegate_row::text, 0)), 0)::text as digest" : "";
  const found = await client.query(`select count(*)::text as rows${digest} from only ${table} as tidegate_row`);
  return found.rows[0] as { rows: string; digest?: string };
}

/** @throws the system's error. */
export function writeSummary(path: string, summary: Summary): void {
  const fresh = beginFile(path);
  writeFileSync(fresh, `${JSON.stringify(summary)}\n`);
  finishFile(fresh, path);
}

/** `undefined`: it is not there, or cannot be understood; then there is nothing to compare with. */
export function readSummary(path: string): Summary | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(readTextIfThere(path) ?? "null"));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Fails with the tables that are not as they were. */
export function compare(before: Summary, after: Summary, environment: string): Result<void> {
  const there = new Map(after.tables.map((table) => [table.name, table]));
  const wrong = before.tables.flatMap((table) => {
    const found = there.get(table.name);
    if (found === undefined) return [`${table.name} is not there`];
    if (found.rows !== table.rows) return [`${table.name} has ${found.rows} rows, not ${table.rows}`];
    const differs = table.digest !== undefined && found.digest !== undefined && found.digest !== table.digest;
    return differs ? [`${table.name} has different content`] : [];
  });
  if (wrong.length === 0) return ok();
  const message = "What was restored is not what was saved";
  return failed({
    code: "resource-failed",
    message,
    cause: wrong.join("\n"),
    hint: `Use another snapshot: tidegate env snapshots ${environment}`,
  });
}
