import { specOf } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { toEnvelope } from "../../records/envelope.ts";
import { readJournal } from "../../rollout/journal.ts";
import { pastComparison, type Told } from "../../rollout/past-comparison.ts";
import { type Rederived, rederive } from "../../rollout/rederive.ts";
import { type DeploymentRecord, eventsKept } from "../../store/store.ts";
import { comparingOf } from "../../strategies/strategies.ts";
import type { Session } from "../session.ts";

export interface ReplayedAnalysis extends Rederived {
  readonly deployment: number;
  readonly environment: string;
}

/**
 * Every verdict of a deployment, derived again from its journal and held against what was written down of it. What differs
 * is part of the outcome.
 */
export async function replayAnalysis(
  session: Session,
  { deployment: id }: { readonly deployment: number },
): Promise<Result<ReplayedAnalysis>> {
  const { store } = session;
  const found = await findDeployment(session, id);
  if (!found.ok) return found;
  const record = found.value;
  const journal = await store.journal(id);
  if (!journal.ok) return journal;
  const entries = readJournal(id, journal.value);
  if (!entries.ok) return entries;
  const spec = specOf(record);
  if (!spec.ok) return spec;
  const { environment } = record;
  const past = pastComparison({ environment, deployment: id }, entries.value);
  if (past === undefined) return failed(nothingCompared(record));
  const told = await toldOf(session, id);
  if (!told.ok) return told;
  const written = { told: told.value, end: record.end, rules: comparingOf(spec.value.strategy) };
  return ok({ deployment: id, environment, ...rederive(past, written) });
}

/** Fails with `unknown-deployment`. */
export async function findDeployment({ store }: Session, id: number): Promise<Result<DeploymentRecord>> {
  const found = await store.deployment(id);
  if (!found.ok) return found;
  if (found.value !== undefined) return ok(found.value);
  const message = `There is no deployment ${id}`;
  return failed({ code: "unknown-deployment", message, hint: "List them: tidegate history" });
}

/** What was told of it while it went on, as far as that is still kept. */
async function toldOf({ store, project }: Session, deployment: number): Promise<Result<readonly Told[]>> {
  const subject = { kind: "deployment", name: String(deployment) };
  const page = await store.events({ after: 0, limit: eventsKept, subject });
  if (!page.ok) return page;
  const told: Told[] = [];
  for (const stored of page.value.events) {
    const envelope = toEnvelope(project.name, stored);
    if (!envelope.ok) return envelope;
    const { event } = envelope.value;
    if (event.type === "verdictGiven" || event.type === "releasesCompared") told.push(event);
  }
  return ok(told);
}

function nothingCompared({ id, environment }: DeploymentRecord) {
  return {
    code: "nothing-compared",
    message: `Deployment ${id} to ${environment} was not judged by its requests`,
    cause: "Only a canary that comes beside a release that serves is compared with it.",
    hint: `See what happened in it: tidegate explain ${id}`,
  } as const;
}
