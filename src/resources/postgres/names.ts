import { createHash } from "node:crypto";

/** PostgreSQL cuts names after so many bytes, without an error. */
const maxBytes = 63;

/**
 * A name of a database or role that no other parts give: `tg_shop_staging_db`. Where parts contain what joins them, or
 * the name would be cut, a digest of the parts ends it.
 */
export function databaseName(parts: readonly [prefix: string, ...rest: readonly string[]]): string {
  const joined = parts.join("_");
  const isPlain = parts.every((part) => /^[A-Za-z0-9.-]+$/.test(part)) && joined.length <= maxBytes;
  if (isPlain) return joined;
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
  const readable = joined.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, maxBytes - digest.length - 1);
  return `${readable}_${digest}`;
}

/** The name for what belongs to a database for a while: `tg_shop_staging_db` with `old` gives `tg_shop_staging_db_old`. */
export function besides(database: string, suffix: "new" | "old" | "try"): string {
  return databaseName([database, suffix]);
}
