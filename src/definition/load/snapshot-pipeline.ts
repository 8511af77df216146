import type { Matrix, Need, PackageTask, PackageTaskOverride, Project, Task } from "../types.ts";

/**
 * A pipeline as JSON. Tasks refer to each other by where they stand: `pipeline/build`, `pipeline/test/3` (a cell of a
 * matrix), `packages/build`; names in the needs of package tasks stand behind a colon.
 */
export interface StoredPipeline {
  readonly pipeline: readonly (readonly [name: string, StoredTask | StoredMatrix])[];
  readonly packages?: readonly (readonly [name: string, Stored<PackageTask>])[];
}

type Stored<T> = Omit<T, "needs" | "overrides"> & {
  readonly needs?: readonly string[];
  /** Of a task of packages. */
  readonly overrides?: Readonly<Record<string, Stored<PackageTaskOverride>>>;
};
type StoredTask = Stored<Task>;
type StoredMatrix = Omit<Matrix, "cells"> & {
  readonly cells: readonly { readonly values: Matrix["cells"][number]["values"]; readonly task: StoredTask }[];
};

/** What `revivePipeline` makes the same of. */
export function storePipeline({ pipeline, packages }: Project): StoredPipeline {
  const places = placesOf({ pipeline, ...(packages && { packages }) });
  const store = <T extends WithNeeds>({ needs, overrides, ...rest }: T): Stored<T> => {
    const stored = needs?.map((need) => (typeof need === "string" ? `:${need}` : (places.get(need) ?? "")));
    const others = overrides && Object.entries(overrides).map(([name, each]) => [name, store(each)] as const);
    return {
      ...rest,
      ...(stored && { needs: stored }),
      ...(others && { overrides: Object.fromEntries(others) }),
    } as unknown as Stored<T>;
  };
  return {
    pipeline: Object.entries(pipeline).map(([name, entry]) => [
      name,
      entry.kind === "matrix"
        ? { ...entry, cells: entry.cells.map(({ values, task }) => ({ values, task: store(task) })) }
        : store(entry),
    ]),
    ...(packages && { packages: Object.entries(packages).map(([name, task]) => [name, store(task)] as const) }),
  };
}

export function revivePipeline(stored: StoredPipeline): Pick<Project, "pipeline" | "packages"> {
  const pipeline: Record<string, Task | Matrix> = Object.create(null);
  for (const [name, entry] of stored.pipeline) pipeline[name] = structuredClone(entry) as unknown as Task | Matrix;
  const packages: Record<string, PackageTask> = Object.create(null);
  for (const [name, task] of stored.packages ?? []) packages[name] = structuredClone(task) as unknown as PackageTask;
  const revived = { pipeline, ...(stored.packages && { packages }) };
  const byPlace = new Map([...placesOf(revived)].map(([need, place]) => [place, need]));
  const revive = (each: WithNeeds): void => {
    const places = each.needs as readonly string[] | undefined;
    const needs = places?.map((place) => (place.startsWith(":") ? place.slice(1) : byPlace.get(place)));
    if (needs !== undefined) Object.assign(each, { needs });
    for (const override of Object.values(each.overrides ?? {})) revive(override);
  };
  for (const need of byPlace.values()) if (need.kind !== "matrix") revive(need);
  return revived;
}

interface WithNeeds {
  readonly needs?: PackageTask["needs"];
  readonly overrides?: PackageTask["overrides"];
}

/** Everything that can be needed, and where it stands. */
function placesOf({ pipeline, packages = {} }: Pick<Project, "pipeline" | "packages">): Map<Need, string> {
  const places = new Map<Need, string>();
  for (const [name, entry] of Object.entries(pipeline)) {
    places.set(entry, `pipeline/${name}`);
    if (entry.kind === "matrix")
      for (const [index, { task }] of entry.cells.entries()) places.set(task, `pipeline/${name}/${index}`);
  }
  for (const [name, task] of Object.entries(packages)) places.set(task, `packages/${name}`);
  return places;
}
