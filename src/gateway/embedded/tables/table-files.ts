import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describeIssues } from "../../../errors/describe-issues.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { fileFailure } from "../../../files/file-failure.ts";
import { writeFileAtomic } from "../../../files/write-atomic.ts";
import type { EnvironmentRoutes } from "../../gateway.ts";
import { environmentName, environmentRoutes } from "./schema.ts";

const formatVersion = 1;

/** The routing tables on disk: `<folder>/<environment>.json`, each written whole or not at all. */
export class TableFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Fails with `no-space` or `not-writable`; then the file is as it was. */
  write(table: EnvironmentRoutes): Result<void> {
    const path = this.#path(table.environment);
    return this.#attempt(path, () =>
      writeFileAtomic(path, `${JSON.stringify({ version: formatVersion, table }, null, 1)}\n`),
    );
  }

  remove(environment: string): Result<void> {
    const path = this.#path(environment);
    return this.#attempt(path, () => rmSync(path, { force: true }));
  }

  /** Every table, in the order of their names. A damaged file is set aside and costs nobody else their table. */
  readAll(): { readonly tables: EnvironmentRoutes[]; readonly problems: Map<string, Failure> } {
    const tables: EnvironmentRoutes[] = [];
    const problems = new Map<string, Failure>();
    for (const file of readdirSync(this.#folder).sort()) {
      const environment = file.endsWith(".json") ? file.slice(0, -".json".length) : "";
      if (!v.is(environmentName, environment)) continue;
      const read = this.#read(environment);
      if (read.ok) tables.push(read.value);
      else problems.set(environment, read.failures[0] as Failure);
    }
    return { tables, problems };
  }

  #read(environment: string): Result<EnvironmentRoutes> {
    const path = this.#path(environment);
    const parsed = parseTable(path, environment);
    if ("newer" in parsed) return failed(newer(path));
    if ("table" in parsed) return ok(parsed.table);
    return failed(setAside(path, parsed.damage));
  }

  #attempt(path: string, write: () => void): Result<void> {
    try {
      write();
      return ok();
    } catch (error) {
      const failure = fileFailure(error, path);
      if (failure === undefined) throw error;
      return failed(failure);
    }
  }

  #path(environment: string): string {
    return join(this.#folder, `${environment}.json`);
  }
}

type Parsed = { readonly table: EnvironmentRoutes } | { readonly damage: string } | { readonly newer: true };

const file = v.strictObject({ version: v.literal(formatVersion), table: environmentRoutes });
const newerFile = v.object({ version: v.pipe(v.number(), v.minValue(formatVersion + 1)) });

function parseTable(path: string, environment: string): Parsed {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return { damage: error instanceof SyntaxError ? "It is not JSON." : (error as Error).message };
  }
  const parsed = v.safeParse(file, content);
  if (parsed.success && parsed.output.table.environment === environment) return { table: parsed.output.table };
  if (v.is(newerFile, content)) return { newer: true };
  return { damage: parsed.success ? "It belongs to another environment." : describeIssues(parsed.issues) };
}

function setAside(path: string, damage: string): Failure {
  let place = path;
  try {
    renameSync(path, `${path}.damaged`);
    place = `${path}.damaged`;
  } catch {
    // A folder that cannot be written is no reason not to serve the others.
  }
  return {
    code: "state-damaged",
    message: `The routing table ${path} is damaged`,
    cause: damage,
    hint: `Deploy the environment again, or let the agent restore its routes. What was there is kept in ${place}.`,
  };
}

function newer(path: string): Failure {
  return {
    code: "state-newer",
    message: `The routing table ${path} was written by a newer Tidegate`,
    hint: "Use the newer Tidegate, or deploy the environment again with this one.",
  };
}
