import { countsForResults } from "../../inputs/environment.ts";
import type { ProjectKey } from "../../secrets/project-key.ts";

export interface Circumstances {
  /** Version of Tidegate and of Node. */
  readonly madeBy: string;
  /** Absolute. */
  readonly projectFolder: string;
  /** The definition, absolute, without symbolic links. */
  readonly definition: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names of the variables that tasks declare. */
  readonly variables: readonly string[];
}

/**
 * What the outcome of a run depends on that is not on the disk. `PATH` decides which programs are found, the user which
 * of them can be run. Values of variables that tasks declare are never written down: they enter as keyed digests, and the
 * key is only asked for when there are some.
 */
export function circumstancesOf(circumstances: Circumstances, key: () => ProjectKey): string {
  const { madeBy, projectFolder, definition, environment, variables } = circumstances;
  const counting = Object.keys(environment).filter((name) => name === "PATH" || countsForResults(name));
  const open = counting.filter((name) => !variables.includes(name)).sort();
  const user = [process.getuid?.(), process.getgid?.(), process.platform, process.arch];
  return JSON.stringify([
    [madeBy, projectFolder, definition, ...user],
    open.map((name) => [name, environment[name]]),
    variables.map((name) => [name, keyed(environment, name, key)]),
  ]);
}

function keyed(environment: Circumstances["environment"], name: string, key: () => ProjectKey): string | null {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return value === undefined ? null : key().digest(`${name}=${value}`);
}
