import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { secretVariables } from "../secret-variables.ts";
import type { CacheLimits, Project } from "../types.ts";
import type { LoadedProject } from "./load.ts";
import { revivePipeline, type StoredPipeline, storePipeline } from "./snapshot-pipeline.ts";

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
  readonly cache?: CacheLimits;
  /** What a task must not tell is part of the pipeline. */
  readonly secretVariables: readonly string[];
  /** In the order of the definition. Absent when the definition is not pure. */
  readonly tasks?: StoredPipeline;
}

/** File times are coarser than the clock. */
const clockMarginMs = 100;

/** What is known of a definition without building it. */
export type Recalled =
  | { readonly state: "pipeline"; readonly project: Project; readonly sources: readonly string[] }
  /** It has to be built, each time anew: it may depend on more than its sources. */
  | { readonly state: "impure" }
  /** It has to be built; what it is made of has changed or was never looked at. */
  | { readonly state: "unknown" };

/** The pipeline of the definition `file`, if it is what it was. Services and environments are left out. */
export function recall(path: string, file: string, madeBy: string): Recalled {
  try {
    const snapshot: Snapshot = JSON.parse(readFileSync(path, "utf8"));
    // Of a form that another build of the same version wrote.
    if (!Array.isArray(snapshot.secretVariables)) return { state: "unknown" };
    if (snapshot.madeBy !== madeBy || snapshot.file !== file) return { state: "unknown" };
    if (snapshot.sources.some(({ path, digest }) => digestOf(path) !== digest)) return { state: "unknown" };
    return snapshot.tasks === undefined
      ? { state: "impure" }
      : {
          state: "pipeline",
          project: revive(snapshot, snapshot.tasks),
          sources: snapshot.sources.map(({ path }) => path),
        };
  } catch {
    // Missing, damaged or of another form: it is only a shortcut.
    return { state: "unknown" };
  }
}

/**
 * Keeps what `recall` gives, of a definition that was found valid. `startedAt`: when this process began; a source that
 * changed since may not be the one that was imported. @throws the system's error.
 */
export async function remember(
  path: string,
  { project, file }: LoadedProject,
  madeBy: string,
  startedAt = performance.timeOrigin,
): Promise<void> {
  const { sourcesOf } = await import("./pure-sources.ts");
  const { files, pure } = sourcesOf(file);
  const sources = files.map((source) => ({ path: source, digest: digestOf(source) }));
  if (!files.every((source) => statSync(source).ctimeMs < startedAt - clockMarginMs)) return;
  const { name, cache } = project;
  const known = { madeBy, file, sources, name, ...(cache && { cache }), secretVariables: secretVariables(project) };
  const snapshot: Snapshot = pure ? { ...known, tasks: storePipeline(project) } : known;
  writeFileAtomic(path, JSON.stringify(snapshot));
}

function revive({ name, cache, secretVariables: secret }: Snapshot, tasks: StoredPipeline): Project {
  const known = { name, ...revivePipeline(tasks), ...(cache && { cache }), secretVariables: secret };
  return { kind: "project", ...known, services: {}, config: {}, environments: {} };
}

function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
