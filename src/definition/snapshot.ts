import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { writeFileAtomic } from "../files/write-atomic.ts";
import type { LoadedProject } from "./load.ts";
import type { Project, Task } from "./types.ts";

/**
 * The pipeline of a definition as it was built last, so that a call that only needs the pipeline need not build it
 * again: importing a schema library can take longer than all the rest of a cached run. It is used only when every
 * source file has the bytes it had, and kept only of definitions that are pure data (see `pure-sources.ts`): what may
 * depend on anything else is built anew each time.
 */
interface Snapshot {
  /** Version of Tidegate and of Node: another one may read the same definition differently. */
  readonly madeBy: string;
  readonly file: string;
  readonly sources: readonly { readonly path: string; readonly digest: string }[];
  readonly name: string;
  /** In the order of the definition; `needs` are names. */
  readonly tasks: readonly (readonly [string, StoredTask])[];
}

type StoredTask = Omit<Task, "needs"> & { readonly needs?: readonly string[] };

/** The pipeline of the definition `file`, or `undefined` when it has to be built. Services and environments are left out. */
export function readSnapshot(path: string, file: string, madeBy: string): Project | undefined {
  try {
    const snapshot: Snapshot = JSON.parse(readFileSync(path, "utf8"));
    if (snapshot.madeBy !== madeBy || snapshot.file !== file) return undefined;
    if (snapshot.sources.some(({ path, digest }) => digestOf(path) !== digest)) return undefined;
    return revive(snapshot);
  } catch {
    // Missing, damaged or of another form: it is only a shortcut.
    return undefined;
  }
}

/** Keeps the pipeline of a definition that was found valid, when it is pure. @throws the system's error. */
export async function writeSnapshot(path: string, { project, file }: LoadedProject, madeBy: string): Promise<void> {
  const { pureSources } = await import("./pure-sources.ts");
  const sources = pureSources(file);
  if (sources === undefined) return;
  const digests = sources.map((source) => ({ path: source, digest: digestOf(source) }));
  if (!sources.every(isOlderThanThisProcess)) return;
  const names = new Map(Object.entries(project.pipeline).map(([name, task]) => [task, name]));
  const tasks = Object.entries(project.pipeline).map(([name, { needs, ...task }]) => {
    const stored: StoredTask =
      needs === undefined ? task : { ...task, needs: needs.map((need) => names.get(need) ?? "") };
    return [name, stored] as const;
  });
  const snapshot: Snapshot = { madeBy, file, sources: digests, name: project.name, tasks };
  writeFileAtomic(path, JSON.stringify(snapshot));
}

function revive({ name, tasks }: Snapshot): Project {
  const pipeline: Record<string, Task> = Object.create(null);
  for (const [key, { needs, ...task }] of tasks) pipeline[key] = task;
  for (const [key, { needs }] of tasks) {
    if (needs !== undefined) Object.assign(pipeline[key]!, { needs: needs.map((need) => pipeline[need]) });
  }
  return { kind: "project", name, pipeline, services: {}, config: {}, environments: {} };
}

/** Only then are the bytes digested now the ones that were imported. The margin is for coarse file times. */
function isOlderThanThisProcess(path: string): boolean {
  return statSync(path).ctimeMs < performance.timeOrigin - 100;
}

function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
