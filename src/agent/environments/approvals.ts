import { approverRefusal, type Involved, isAmong, isSame, showPeople, whoMayStill } from "../../environment/access.ts";
import { type DeploymentSpec, fleetOf } from "../../environment/spec.ts";
import { count, shortDigest } from "../../errors/quantities.ts";
import { type Failed, failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { digestOf } from "../../files/digest-of.ts";
import { type ApprovalMatter, approvalMatter, approvalOf } from "../../records/matter.ts";
import { planRollout } from "../../rollout/plan.ts";
import type { Secrets } from "../../secrets/secret.ts";
import { servingIn } from "../../store/serving.ts";
import type { MatterRecord, Store } from "../../store/store.ts";
import type { EnvironmentHands } from "./performer-world.ts";

/*
 * Deployments that wait for people to agree. One is a record with a number, its secrets sealed by it; no process is held. There is at most one
 * in an environment: another deployment that begins or waits there takes its place. Only by whose turn it is.
 *
 * What is agreed to is one plan: everything that is in the spec, what runs in the environment, what serves in the one before. Before each answer
 * it is made again; when it is another one the approval lapses, and nobody's word is taken for something they have not seen.
 *
 * A kill at any point is harmless: the secrets are sealed before there is a record, and the deployment's own record is written in one with the end
 * of the waiting. One that everybody has agreed to and that did not begin begins with the next `approve`.
 */

export interface Waiting {
  readonly deployment: number;
  readonly approval: ApprovalMatter<DeploymentSpec>;
}

export interface Answer {
  readonly deployment: number;
  readonly verdict: "approve" | "reject";
  /** The digest of the plan that was seen. */
  readonly plan: string;
  readonly reason?: string;
}

type Hands = Pick<EnvironmentHands, "world" | "lease" | "tell" | "action" | "driver">;

/** The digest of what a deployment would be, begun now. Whoever shows it to people computes the same. */
export async function planDigest(store: Store, spec: DeploymentSpec): Promise<Result<string>> {
  const record = await store.environment(spec.environment);
  if (!record.ok) return record;
  const before = fleetOf(record.value);
  if (!before.ok) return before;
  const earlier = spec.after === undefined ? ok(undefined) : await servingIn(store, spec.after);
  if (!earlier.ok) return earlier;
  const { stamp, ...rest } = spec;
  const { at: _, ...stamped } = stamp ?? { at: 0 };
  const { steps } = planRollout(spec, 0, before.value);
  const serving = record.value?.serving;
  return ok(
    digestOf({ spec: { ...rest, stamp: stamped }, serving, before: before.value, steps, after: earlier.value?.id }),
  );
}

/** Writes the deployment down as one that waits, and says so: always as a failure, for nothing was deployed. */
export async function askApproval(
  hands: Hands,
  spec: DeploymentSpec,
  secrets: Secrets,
  { by, rest }: { readonly by?: Actor | undefined; readonly rest?: readonly string[] | undefined },
): Promise<Failed> {
  const { world, lease, driver, tell, action } = hands;
  const rule = spec.approval!;
  const plan = await planDigest(world.store, spec);
  if (!plan.ok) return plan;
  const observed = await driver.observe(spec.environment);
  if (!observed.ok) return observed;
  const above = Math.max(0, ...observed.value.map(({ deployment }) => deployment));
  const number = await world.store.numberDeployment(lease, { above });
  if (!number.ok) return number;
  const deployment = number.value;
  const superseded = await lapseOthers(hands, deployment, `deployment ${deployment} took its place`);
  if (!superseded.ok) return superseded;
  const sealed = secrets.size === 0 ? ok() : world.vault.put(deployment, secrets);
  if (!sealed.ok) return sealed;
  const at = world.now();
  const expiresAt = at + rule.expiresMs;
  const about = { spec, plan: plan.value, at, expiresAt, approvals: [], ...(by && { by }) } as const;
  const approval = { ...about, ...(rest && rest.length > 0 && { rest: [...rest] }) } as ApprovalMatter<DeploymentSpec>;
  const acted = action("await-approval", { by, deployment, release: spec.release, details: { plan: plan.value } });
  const written = await world.store.setMatter(lease, { deployment, ...approvalMatter(approval), action: acted });
  if (!written.ok) return written;
  const { environment, release } = spec;
  tell(
    { type: "approvalAwaited", environment, deployment, release, plan: plan.value, needed: rule.count, expiresAt },
    by,
  );
  return failed(awaited(environment, deployment, approval));
}

/** Notes what somebody says. `ok` with the deployment: everybody has agreed, and it may begin; `undefined`: it was rejected. */
export async function answer(hands: Hands, said: Answer, by: Actor | undefined): Promise<Result<Waiting | undefined>> {
  const { world, lease, tell, action } = hands;
  const { environment } = lease;
  const { deployment, reason } = said;
  const found = await waitingIn(world.store, environment, deployment);
  if (!found.ok) return found;
  const { approval } = found.value;
  const { spec } = approval;
  const now = world.now();
  const moved = now >= approval.expiresAt ? ok("it has waited too long") : await whatMoved(world.store, approval);
  if (!moved.ok) return moved;
  if (moved.value !== undefined) {
    const lapsed = await lapse(hands, found.value, moved.value);
    return lapsed.ok ? failed(lapsedFailure(environment, deployment, moved.value, spec.release)) : lapsed;
  }
  if (said.plan !== approval.plan)
    return failed({
      code: "approval-lapsed",
      message: `Deployment ${deployment} is not what was shown`,
      hint: `Look at it again: tidegate approve ${deployment}`,
    });
  if (said.verdict === "reject") {
    const isOwn = by !== undefined && approval.by !== undefined && isSame(by, approval.by);
    if (!isOwn && !isAmong(by, spec.approval?.by ?? [])) return failed(...notAllowed(spec, deployment, by, approval));
    const ended = { at: now, how: "rejected" as const, reason: reason ?? "", ...(by && { by }) };
    const acted = action("reject", { by, deployment, release: spec.release, reason: reason ?? "" });
    const written = await end(hands, deployment, { ...approval, ended }, acted);
    if (written.ok) tell({ type: "approvalRejected", environment, deployment, reason: reason ?? "" }, by);
    return written.ok ? ok(undefined) : written;
  }
  const needed = spec.approval?.count ?? 1;
  // All have agreed, but it did not begin: anybody may have it tried again.
  if (approval.approvals.length >= needed) return found;
  const refused = notAllowed(spec, deployment, by, approval);
  if (refused.length > 0) return failed(...refused);
  const agreed = { ...approval, approvals: [...approval.approvals, { at: now, ...(by && { by }) }] };
  const given = agreed.approvals.length;
  const acted = action("approve", {
    by,
    deployment,
    release: spec.release,
    details: { plan: approval.plan, given, needed },
  });
  const written = await world.store.setMatter(lease, { deployment, ...approvalMatter(agreed), action: acted });
  if (!written.ok) return written;
  tell({ type: "approvalGiven", environment, deployment, given, needed }, by);
  return given >= needed ? ok({ deployment, approval: agreed }) : failed(awaited(environment, deployment, agreed));
}

/** Those that wait there do so no longer. */
export async function lapseOthers(hands: Hands, but: number | undefined, why: string): Promise<Result<void>> {
  const { environment } = hands.lease;
  const open = await hands.world.store.matters({ environment, isOpen: true });
  if (!open.ok) return open;
  for (const record of open.value) {
    if (record.kind !== "approval" || record.deployment === but) continue;
    const approval = approvalOf(record);
    if (!approval.ok) return approval;
    const lapsed = await lapse(hands, { deployment: record.deployment, approval: approval.value }, why);
    if (!lapsed.ok) return lapsed;
  }
  return ok();
}

/** What waits under a number. */
export async function waitingIn(
  store: Pick<Store, "matters">,
  environment: string | undefined,
  deployment: number,
): Promise<Result<Waiting & Pick<MatterRecord, "environment">>> {
  const found = await store.matters({ deployment, ...(environment !== undefined && { environment }) });
  if (!found.ok) return found;
  const record = found.value.find(({ kind }) => kind === "approval");
  const hint = "See what awaits somebody: tidegate status";
  if (record === undefined)
    return failed({ code: "nothing-awaited", message: `No deployment ${deployment} waits for approval`, hint });
  const approval = approvalOf(record);
  if (!approval.ok) return approval;
  const { ended } = approval.value;
  if (ended === undefined) return ok({ deployment, approval: approval.value, environment: record.environment });
  const how =
    ended.how === "begun" ? "has begun" : ended.how === "rejected" ? "was rejected" : "is no longer asked for";
  const why = ended.reason === undefined || ended.reason === "" ? {} : { cause: ended.reason };
  return failed({ code: "nothing-awaited", message: `Deployment ${deployment} ${how} already`, ...why, hint });
}

/** With the deployment's own record: it waits no longer. */
export function begunMatter(approval: ApprovalMatter<DeploymentSpec>, at: number) {
  return approvalMatter({ ...approval, ended: { at, how: "begun" } });
}

function notAllowed(
  spec: DeploymentSpec,
  deployment: number,
  by: Actor | undefined,
  approval: ApprovalMatter<DeploymentSpec>,
) {
  return approverRefusal(spec, deployment, by, involved(approval));
}

function involved({ by, approvals }: ApprovalMatter<DeploymentSpec>): Involved {
  return { asker: by, given: approvals.map((one) => one.by) };
}

async function whatMoved(
  store: Store,
  { spec, plan }: ApprovalMatter<DeploymentSpec>,
): Promise<Result<string | undefined>> {
  const now = await planDigest(store, spec);
  if (!now.ok) return now;
  if (now.value === plan) return ok(undefined);
  const before = spec.after === undefined ? "" : `, or ${spec.after},`;
  return ok(`what it would change has moved: ${spec.environment}${before} no longer runs what it ran then`);
}

async function lapse(hands: Hands, { deployment, approval }: Waiting, reason: string): Promise<Result<void>> {
  const { environment } = hands.lease;
  const ended = { at: hands.world.now(), how: "lapsed" as const, reason };
  const acted = hands.action("lapse-approval", { by: null, deployment, release: approval.spec.release, reason });
  const written = await end(hands, deployment, { ...approval, ended }, acted);
  if (written.ok) hands.tell({ type: "approvalLapsed", environment, deployment, reason });
  return written;
}

async function end(
  { world, lease }: Hands,
  deployment: number,
  approval: ApprovalMatter<DeploymentSpec>,
  action: ReturnType<Hands["action"]>,
): Promise<Result<void>> {
  const written = await world.store.setMatter(lease, { deployment, ...approvalMatter(approval), action });
  if (written.ok) world.vault.forget(deployment);
  return written;
}

function awaited(environment: string, deployment: number, approval: ApprovalMatter<DeploymentSpec>) {
  const { spec, approvals, rest = [] } = approval;
  const { count: needed = 1 } = spec.approval ?? {};
  const left = needed - approvals.length;
  const then = rest.length === 0 ? "" : `\nAfterwards it goes on to ${rest.join(", ")}.`;
  return {
    code: "approval-awaited",
    message: `Deployment ${deployment} to ${environment} waits for ${count(left, "approval")}${approvals.length > 0 ? " more" : ""}`,
    hint:
      `Ask one of these for: tidegate approve ${deployment}\n${showPeople(whoMayStill(spec, involved(approval)))}${then}\n` +
      `To withdraw it: tidegate approve ${deployment} --reject --reason "not today"`,
  } as const;
}

function lapsedFailure(environment: string, deployment: number, why: string, release: string) {
  return {
    code: "approval-lapsed",
    message: `Deployment ${deployment} to ${environment} can no longer be approved: ${why}`,
    hint: `Ask again: tidegate deploy ${environment} --release ${shortDigest(release)}`,
  } as const;
}
