import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

export interface Link {
  readonly code: string;
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly visits: number;
}

/** No 0, O, 1, l, I: codes are read aloud and typed from paper. */
const alphabet = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
const codeLength = 7;
const columns = "code, target, created_at AS createdAt, visits";

/** The links of one environment. Statements are prepared when used: the database may not be migrated yet. */
export class Links {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  create(target: string, now: number): Link {
    const insert = this.#database.prepare("INSERT OR IGNORE INTO links (code, target, created_at) VALUES (?, ?, ?)");
    for (;;) {
      const code = newCode();
      if (insert.run(code, target, now).changes === 1) return { code, target, createdAt: now, visits: 0 };
    }
  }

  find(code: string): Link | undefined {
    const row = this.#database.prepare(`SELECT ${columns} FROM links WHERE code = ?`).get(code);
    return row as Link | undefined;
  }

  /** Counts a visit; the link, or `undefined` when there is none. */
  visit(code: string): Link | undefined {
    const update = `UPDATE links SET visits = visits + 1 WHERE code = ? RETURNING ${columns}`;
    return this.#database.prepare(update).get(code) as Link | undefined;
  }

  /** Whether there was one. */
  remove(code: string): boolean {
    return this.#database.prepare("DELETE FROM links WHERE code = ?").run(code).changes === 1;
  }

  count(): number {
    return Number(this.#database.prepare("SELECT count(*) AS count FROM links").get()?.count);
  }
}

function newCode(): string {
  return Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join("");
}
