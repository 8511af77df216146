import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describeIssues } from "../../../errors/describe-issues.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { fileFailure } from "../../../files/file-failure.ts";
import { writeFileAtomic } from "../../../files/write-atomic.ts";
import { environmentName } from "../../../records/parts.ts";
import { readStored, type StoredTable, writeStored } from "./stored-table.ts";

export interface StoredTables {
  /** In the order of their names, those of removed environments included. */
  readonly stored: readonly StoredTable[];
  /** Why an environment's table is not among them. */
  readonly problems: ReadonlyMap<string, Failure>;
  /** The tokens of those that a newer version wrote. */
  readonly tokens: ReadonlyMap<string, number>;
}

const ending = ".json";
const damagedEnding = ".json.damaged";

/**
 * What the gateway keeps: `<folder>/<environment>.json`, each written whole or not at all. A removed environment's file
 * stays, with its token: a writer that has slept through the removal is refused for ever.
 */
export class TableFiles {
  readonly #folder: string;
  /** What was last written or read. */
  readonly #known = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Fails with `no-space` or `not-writable`; then the file is as it was. */
  write(stored: StoredTable): Result<void> {
    const path = this.#path(stored.environment);
    const text = writeStored(stored);
    try {
      writeFileAtomic(path, text);
    } catch (error) {
      const failure = fileFailure(error, path);
      if (failure === undefined) throw error;
      return failed(failure);
    }
    this.#known.set(stored.environment, text);
    return ok();
  }

  /** A damaged file is set aside, a newer one left alone; neither costs another environment its table. */
  readAll(): StoredTables {
    const stored: StoredTable[] = [];
    const problems = new Map<string, Failure>();
    const tokens = new Map<string, number>();
    for (const environment of this.#environments()) {
      const path = this.#path(environment);
      const read = readFile(path, environment);
      if ("stored" in read) {
        stored.push(read.stored);
        this.#known.set(environment, read.text);
      } else if ("newer" in read) {
        problems.set(environment, newer(path));
        tokens.set(environment, read.newer.token ?? 0);
      } else problems.set(environment, setAside(path, read.damage));
    }
    return { stored, problems, tokens };
  }

  /** Whether a restart would find what was last written or read of an environment; otherwise why not. */
  check(environment: string): Failure | undefined {
    const path = this.#path(environment);
    const read = readFile(path, environment);
    if ("newer" in read) return newer(path);
    if ("damage" in read) return notKept(path, read.damage);
    return read.text === this.#known.get(environment) ? undefined : notKept(path, "It is not what was last written.");
  }

  /** Those with a file, and those whose file was set aside and never written again. */
  #environments(): string[] {
    const names = readdirSync(this.#folder).flatMap((file) => {
      const found = [damagedEnding, ending].find((one) => file.endsWith(one));
      return found === undefined ? [] : [file.slice(0, -found.length)];
    });
    return [...new Set(names)].filter((name) => v.is(environmentName, name)).sort();
  }

  #path(environment: string): string {
    return join(this.#folder, `${environment}${ending}`);
  }
}

type ReadFile =
  | { readonly stored: StoredTable; readonly text: string }
  | { readonly newer: { readonly token?: number } }
  | { readonly damage: string };

function readFile(path: string, environment: string): ReadFile {
  let text: string;
  let content: unknown;
  try {
    text = readFileSync(path, "utf8");
    content = JSON.parse(text);
  } catch (error) {
    return { damage: error instanceof SyntaxError ? "It is not JSON." : (error as Error).message };
  }
  const read = readStored(content);
  if ("newer" in read) return read;
  if ("issues" in read) return { damage: describeIssues(read.issues) };
  if (read.stored.environment !== environment) return { damage: "It belongs to another environment." };
  return { stored: read.stored, text };
}

function setAside(path: string, damage: string): Failure {
  const isThere = existsSync(path);
  let place = `${path}.damaged`;
  try {
    if (isThere) renameSync(path, place);
  } catch {
    // A folder that cannot be written is no reason not to serve the others.
    place = path;
  }
  return {
    code: "state-damaged",
    message: `The routing table ${path} is damaged`,
    cause: isThere ? damage : "It was found damaged at an earlier start, and has not been rewritten since.",
    hint: `Deploy the environment again, or let the agent restore its routes. The damaged table is kept in ${place}.`,
  };
}

function notKept(path: string, why: string): Failure {
  return {
    code: "state-damaged",
    message: `The routing table ${path} has been altered`,
    cause: why,
    hint: "Traffic is still served, but a restart of the gateway would end that. Deploy the environment again.",
  };
}

function newer(path: string): Failure {
  return {
    code: "state-newer",
    message: `The routing table ${path} was written by a newer Tidegate`,
    hint: "Use the newer Tidegate, or deploy the environment again with this one.",
  };
}
