import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { actorOf } from "../../records/actor.ts";
import { readJournal } from "../../rollout/journal.ts";
import { type PastComparison, pastComparison } from "../../rollout/past-comparison.ts";
import { retell } from "../../rollout/retell.ts";
import type { Session } from "../session.ts";
import { findDeployment } from "./replay-analysis.ts";

type Retold = Extract<ReturnType<typeof retell>, { readonly ok: true }>["value"];

/** A deployment told again from its journal. */
export interface DeploymentExplanation {
  /** Every step, why it turned back, and the evidence. */
  readonly facts: Retold;
  /** Why it ended as it did; [] when it is there, or not over. */
  readonly failures: readonly Failure[];
  /** How it was compared with what served, look by look; absent: it was not. */
  readonly comparison?: PastComparison;
  /** Who asked for it, as far as is known. */
  readonly by?: Actor;
}

export async function explainDeployment(
  session: Session,
  { deployment }: { readonly deployment: number },
): Promise<Result<DeploymentExplanation>> {
  const found = await findDeployment(session, deployment);
  if (!found.ok) return found;
  const record = found.value;
  const journal = await session.store.journal(deployment);
  if (!journal.ok) return journal;
  const facts = retell(record, journal.value);
  if (!facts.ok) return facts;
  const entries = readJournal(deployment, journal.value);
  const about = { environment: record.environment, deployment };
  const comparison = entries.ok ? pastComparison(about, entries.value) : undefined;
  const by = actorOf(record.by);
  return ok({
    facts: facts.value,
    failures: record.end?.failures ?? [],
    ...(by && { by }),
    ...(comparison && { comparison }),
  });
}
