import type { PastDeployment } from "../../documents/measure/deployments.ts";
import { specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { isRecord } from "../../files/is-record.ts";
import { type RecordedEvent, readJournal } from "../../rollout/journal.ts";
import type { DeploymentRecord, ReleaseRecord, Store } from "../../store/store.ts";

/** So many deployments of an environment are looked at: years of them. */
const lookedAt = 1_000;

/**
 * The ledger of an environment's deployments, newest first, as figures are made of it. What of a deployment is not understood
 * (its spec, its journal) is left out of it; the deployment itself is not.
 */
export async function readLedger(store: Store, environment: string): Promise<Result<PastDeployment[]>> {
  const [deployments, releases] = [await store.deployments({ environment, limit: lookedAt }), await store.releases()];
  if (!deployments.ok) return deployments;
  if (!releases.ok) return releases;
  const committed = new Map(releases.value.map((release) => [release.digest, committedAt(release)]));
  const entries: PastDeployment[] = [];
  for (const record of deployments.value) {
    const journal = await store.journal(record.id);
    if (!journal.ok) return journal;
    const read = readJournal(record.id, journal.value);
    entries.push(entryOf(record, read.ok ? read.value : [], committed.get(record.release)));
  }
  return ok(entries);
}

function entryOf(
  record: DeploymentRecord,
  journal: readonly RecordedEvent[],
  commit: number | undefined,
): PastDeployment {
  const { id, kind, at, end, release } = record;
  const spec = specOf(record);
  const { remediates, unplanned } = spec.ok ? spec.value : {};
  const served = servedAt(journal);
  return {
    id,
    kind,
    release,
    at,
    ...(end && { end: { at: end.at, outcome: end.outcome } }),
    ...(served !== undefined && { servedAt: served }),
    ...(commit !== undefined && { committedAt: commit }),
    ...(remediates !== undefined && { remediates }),
    ...(unplanned && { unplanned }),
    gates: gatesIn(journal),
  };
}

/** When the last switch of traffic was done: what comes after it only tidies up. */
function servedAt(journal: readonly RecordedEvent[]): number | undefined {
  const steps = stepsOf(journal);
  const last = steps.findLastIndex(({ kind }) => kind === "route");
  return journal.find(({ event }) => event.type === "stepDone" && event.direction === "forward" && event.step === last)
    ?.at;
}

function gatesIn(journal: readonly RecordedEvent[]): PastDeployment["gates"] {
  const steps = stepsOf(journal);
  return journal.flatMap(({ at, event }) => {
    if (event.type !== "stepDone" && event.type !== "stepFailed") return [];
    const step = event.direction === "forward" ? steps[event.step] : undefined;
    return step?.kind === "check" ? [{ name: step.name, passed: event.type === "stepDone", at }] : [];
  });
}

function stepsOf([first]: readonly RecordedEvent[]) {
  return first?.event.type === "begun" ? first.event.plan.steps : [];
}

/** Provenance is a document; one that says no commit, or that is not understood, has no time. */
function committedAt({ provenance }: ReleaseRecord): number | undefined {
  if (!isRecord(provenance) || typeof provenance.committedAt !== "string") return undefined;
  const at = Date.parse(provenance.committedAt);
  return Number.isNaN(at) ? undefined : at;
}
