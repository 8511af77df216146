import type { Failure } from "../../errors/failure.ts";
import { type Failed, failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { actorOf } from "../../records/actor.ts";
import { type ApprovalMatter, approvalOf } from "../../records/matter.ts";
import { readJournal } from "../../rollout/journal.ts";
import { type PastComparison, pastComparison } from "../../rollout/past-comparison.ts";
import { retell } from "../../rollout/retell.ts";
import type { MatterRecord } from "../../store/store.ts";
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
  /** Who has agreed to it; absent: nobody was asked. */
  readonly approvedBy?: readonly Actor[];
}

export async function explainDeployment(
  session: Session,
  { deployment }: { readonly deployment: number },
): Promise<Result<DeploymentExplanation>> {
  const matters = await session.store.matters({ deployment });
  if (!matters.ok) return matters;
  const waiting = matters.value.find(({ kind }) => kind === "approval");
  const approval = waiting === undefined ? ok(undefined) : approvalOf(waiting);
  if (!approval.ok) return approval;
  const found = await findDeployment(session, deployment);
  if (!found.ok && waiting !== undefined && approval.value) return notBegun(waiting, approval.value);
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
  const approvedBy = approval.value?.approvals.flatMap((one) => (one.by === undefined ? [] : [one.by]));
  return ok({
    facts: facts.value,
    failures: record.end?.failures ?? [],
    ...(by && { by }),
    ...(approvedBy && { approvedBy }),
    ...(comparison && { comparison }),
  });
}

/** It is a record that waits, or that came to nothing. */
function notBegun({ deployment, environment }: MatterRecord, { ended }: ApprovalMatter): Failed {
  if (ended === undefined)
    return failed({
      code: "approval-awaited",
      message: `Deployment ${deployment} to ${environment} has not begun: it waits for approval`,
      hint: `See what it would do: tidegate approve ${deployment}`,
    });
  const how = ended.how === "rejected" ? "its approval was refused" : "its approval lapsed";
  return failed({
    code: "approval-lapsed",
    message: `Deployment ${deployment} to ${environment} never began: ${how}`,
    ...(ended.reason && { cause: ended.reason }),
    hint: `Ask again: tidegate deploy ${environment}`,
  });
}
