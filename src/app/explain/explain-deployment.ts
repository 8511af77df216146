import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { actorOf } from "../../records/actor.ts";
import { retell } from "../../rollout/retell.ts";
import type { Session } from "../session.ts";

type Retold = Extract<ReturnType<typeof retell>, { readonly ok: true }>["value"];

/** A deployment told again from its journal. */
export interface DeploymentExplanation {
  /** Every step, why it turned back, and the evidence. */
  readonly facts: Retold;
  /** Why it ended as it did; [] when it is there, or not over. */
  readonly failures: readonly Failure[];
  /** Who asked for it, as far as is known. */
  readonly by?: Actor;
}

export async function explainDeployment(
  { store }: Session,
  { deployment }: { readonly deployment: number },
): Promise<Result<DeploymentExplanation>> {
  const found = await store.deployment(deployment);
  if (!found.ok) return found;
  const record = found.value;
  if (record === undefined) {
    const message = `There is no deployment ${deployment}`;
    return failed({ code: "unknown-deployment", message, hint: "List them: tidegate history" });
  }
  const journal = await store.journal(deployment);
  if (!journal.ok) return journal;
  const facts = retell(record, journal.value);
  if (!facts.ok) return facts;
  const by = actorOf(record.by);
  return ok({ facts: facts.value, failures: record.end?.failures ?? [], ...(by && { by }) });
}
