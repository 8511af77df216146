import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { statePaths } from "../files/state-paths.ts";

/** What an environment of a state serves, as its store says. */
export interface Serving {
  readonly environment: string;
  readonly deployment: number;
}

/**
 * What the environments of a state serve; `undefined` when its store cannot be read. Nothing is changed: the state may
 * be that of a project with another version of Tidegate, whose store must not be brought up to the one of this version.
 */
export function peekServing(stateFolder: string): readonly Serving[] | undefined {
  const { database: path } = statePaths(stateFolder);
  if (!existsSync(path)) return [];
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const rows = database
      .prepare("SELECT name, serving FROM environment WHERE serving IS NOT NULL ORDER BY name")
      .all();
    return rows.map(({ name, serving }) => ({ environment: String(name), deployment: Number(serving) }));
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}
