import type { LedgerEntry, ResourceSpec } from "../records/resource.ts";
import type { ObservedResource } from "../resources/observe.ts";

/** A resource of an environment as status shows it. */
export interface ResourceStatus {
  readonly name: string;
  readonly kind: ResourceSpec["resource"];
  /** `ready`, or what was begun with it and has not ended. */
  readonly state: "ready" | "creating" | "destroying" | "saving" | "restoring";
  /** What answers, not what was asked for. */
  readonly version?: string;
  readonly bytes?: number;
  /** What is wrong with it, in sentences; [] when all is well. */
  readonly problems: readonly string[];
  /** What could not be looked at, in sentences. */
  readonly unchecked: readonly string[];
  /** What was not looked at because nobody looked closely: neither good nor bad. [] when it was looked at whole. */
  readonly notLookedAt: readonly string[];
  /** How people mend its problems, a line each; absent when there are none. */
  readonly mending?: readonly string[];
  /** Absent: it keeps nothing that snapshots could be made of. */
  readonly snapshots?: number;
  /** When the newest was made; milliseconds since 1970. */
  readonly lastSnapshot?: number;
  /** How the last scheduled backup ended. */
  readonly backup?: { readonly at: number; readonly problem?: string };
}

/** `isTended`: an agent looks after the environment, and finishes what was begun. */
export function resourceStatus(resource: ObservedResource, isTended: boolean): ResourceStatus {
  const { name, entry, observed, snapshots, isSaved, mending } = resource;
  const state = stateOf(entry);
  const there = observed.ok && observed.value.state === "there" ? observed.value : undefined;
  const [newest] = snapshots;
  const problems = [...begunProblems(state, isTended), ...lookProblems(resource, state), ...backupProblems(resource)];
  return {
    name,
    kind: entry.spec.resource,
    state,
    ...(there?.version !== undefined && { version: there.version }),
    ...(there?.bytes !== undefined && { bytes: there.bytes }),
    problems,
    ...(problems.length > 0 && { mending }),
    unchecked: there?.unchecked ?? [],
    notLookedAt: notLookedAt(observed),
    ...(isSaved && { snapshots: snapshots.length }),
    ...(newest !== undefined && { lastSnapshot: newest.at }),
    ...(entry.backup !== undefined && { backup: entry.backup }),
  };
}

function stateOf({ state, begun }: LedgerEntry): ResourceStatus["state"] {
  if (state !== "ready" || begun === undefined) return state;
  return begun.work === "snapshot" ? "saving" : "restoring";
}

const interrupted: Readonly<Record<ResourceStatus["state"], string | undefined>> = {
  ready: undefined,
  creating: "its creation was interrupted",
  destroying: "its removal was interrupted",
  saving: "a snapshot of it was interrupted",
  restoring: "a restore of it was interrupted",
};

function begunProblems(state: ResourceStatus["state"], isTended: boolean): string[] {
  const what = interrupted[state];
  return what === undefined || isTended ? [] : [what];
}

function lookProblems({ observed }: ObservedResource, state: ResourceStatus["state"]): string[] {
  if (!observed.ok) return observed.failures.map(({ message }) => message);
  if (observed.value.state === "there") return [...observed.value.deviations];
  if (observed.value.state === "unseen") return [];
  return state === "ready" ? ["it is not there"] : [];
}

function notLookedAt(observed: ObservedResource["observed"]): readonly string[] {
  if (!observed.ok || observed.value.state === "absent") return [];
  return observed.value.state === "unseen" ? [`all of it: ${observed.value.because}`] : (observed.value.leftOut ?? []);
}

function backupProblems({ entry: { backup }, snapshots }: ObservedResource): string[] {
  const tried = snapshots.find(({ rehearsed }) => rehearsed !== undefined);
  return [
    ...(backup?.problem === undefined ? [] : [`the last scheduled backup failed: ${backup.problem}`]),
    ...(tried?.rehearsed?.ok === false ? [`snapshot ${tried.id} cannot be restored`] : []),
  ];
}
