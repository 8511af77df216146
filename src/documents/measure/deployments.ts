import { dayOf } from "../../errors/quantities.ts";
import type { DeploymentKind, DeploymentOutcome } from "../../events/event.ts";
import type { MeasuredEnvironment } from "../facts/measured.ts";
import { measureOf } from "./figures.ts";

/** A deployment as the ledger has it, as far as figures are made of it. Times are milliseconds since 1970. */
export interface PastDeployment {
  readonly id: number;
  readonly kind: DeploymentKind;
  /** The digest of what it brought. */
  readonly release: string;
  readonly at: number;
  /** Absent: it has not ended. */
  readonly end?: { readonly at: number; readonly outcome: DeploymentOutcome };
  /** When the traffic was where it was to be; absent: that is not recorded. */
  readonly servedAt?: number;
  /** When its release was committed; absent: it was made of no commit. */
  readonly committedAt?: number;
  readonly remediates?: number;
  readonly unplanned?: true;
  /** Checks that were asked, in their order. */
  readonly gates: readonly { readonly name: string; readonly passed: boolean; readonly at: number }[];
}

/** Whether it brought something: going back is a remedy, and what is replaced by the same changes nothing. */
export function isChange({ kind }: Pick<PastDeployment, "kind">): boolean {
  return kind !== "rollback" && kind !== "mend";
}

/** What the ledger of an environment says. `losses`: when instances ended by themselves. */
export function measureEnvironment(
  name: string,
  ledger: readonly PastDeployment[],
  losses: readonly number[],
): MeasuredEnvironment {
  const ended = [...ledger].sort((a, b) => a.id - b.id).filter(({ end }) => end !== undefined);
  const forward = ended.filter(isChange);
  const back = ended.filter(({ kind, end }) => kind === "rollback" && end?.outcome === "deployed");
  const took = (one: PastDeployment, until: number) => ({ value: until - one.at, at: one.at });
  const rollbacks = back.map((one) => took(one, one.servedAt ?? one.end!.at));
  const deployed = forward.filter(({ end }) => end?.outcome === "deployed").map((one) => took(one, one.end!.at));
  const [last, lastBack, lastLoss] = [
    ended.findLast(({ kind }) => kind !== "mend"),
    back.at(-1),
    losses.length === 0 ? undefined : Math.max(...losses),
  ];
  return {
    name,
    deployments: forward.length,
    failed: forward.filter(({ end }) => end?.outcome !== "deployed").length,
    rolledBack: back.length,
    ...(last && { last: { deployment: last.id, outcome: last.end!.outcome, at: dayOf(last.end!.at) } }),
    ...measureOf("deployMs", deployed, 0.5),
    ...measureOf("rollbackP50", rollbacks, 0.5),
    ...measureOf("rollbackP99", rollbacks, 0.99),
    ...(lastBack && { lastRollback: dayOf(lastBack.end!.at) }),
    gates: lastAnswers(ended),
    losses: losses.length,
    ...(lastLoss !== undefined && { lastLoss: dayOf(lastLoss) }),
  };
}

function lastAnswers(ended: readonly PastDeployment[]): MeasuredEnvironment["gates"] {
  const last = new Map(ended.flatMap(({ gates }) => gates.map((gate) => [gate.name, gate] as const)));
  return [...last.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, passed, at }) => ({ name, passed, at: dayOf(at) }));
}
