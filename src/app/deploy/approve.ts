import { planDigest, waitingIn } from "../../agent/environments/approvals.ts";
import { messageOf, routes } from "../../agent/protocol/protocol.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { toEnvironmentVariables } from "../../config/resolved.ts";
import { sourcesDigest } from "../../definition/load/pure-sources.ts";
import { type ConfigChange, configChanges } from "../../environment/config-changes.ts";
import { type DeploymentSpec, fleetOf, specOf } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { ApprovalMatter } from "../../records/matter.ts";
import { planRollout } from "../../rollout/plan.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import { Secret, type Secrets } from "../../secrets/secret.ts";
import { servingDeployment } from "../../store/serving.ts";
import type { Step } from "../../strategies/step.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { type Commit, commitsOf } from "./commits.ts";
import { bring } from "./deploy.ts";
import { findRelease } from "./find-release.ts";

/** What is asked of people: all that a deployment would do. */
export interface Proposal {
  readonly deployment: number;
  readonly environment: string;
  readonly release: string;
  /** What serves now. */
  readonly from?: string;
  readonly approval: ApprovalMatter<DeploymentSpec>;
  /** Newest first; absent: git does not know. */
  readonly commits?: readonly Commit[];
  readonly config: readonly ConfigChange[];
  readonly steps: readonly Step[];
  /** Whether it is still what it was when it was asked for. */
  readonly isAsAsked: boolean;
}

/** What waits under a number, made from the store anew. Fails with `nothing-awaited`. */
export async function proposal(session: Session, deployment: number): Promise<Result<Proposal>> {
  const { store } = session;
  const found = await waitingIn(store, undefined, deployment);
  if (!found.ok) return found;
  const { environment, approval } = found.value;
  const { spec } = approval;
  const record = await store.environment(environment);
  if (!record.ok) return record;
  const [before, serving] = [fleetOf(record.value), await servingDeployment(store, record.value)];
  if (!before.ok) return before;
  if (!serving.ok) return serving;
  const served = serving.value === undefined ? ok(undefined) : specOf(serving.value);
  if (!served.ok) return served;
  const now = await planDigest(store, spec);
  if (!now.ok) return now;
  const release = await findRelease(session, spec.release);
  if (!release.ok) return release;
  const commits = await commitsOf(session, environment, release.value);
  return ok({
    ...{ deployment, environment, release: spec.release, approval },
    ...(serving.value && { from: serving.value.release }),
    ...(commits && { commits }),
    config: configChanges(served.value, spec),
    steps: planRollout(spec, deployment, before.value).steps,
    isAsAsked: now.value === approval.plan,
  });
}

export interface AnswerRequest {
  readonly verdict: "approve" | "reject";
  readonly reason?: string | undefined;
}

/**
 * Says yes or no to what was shown. Where that was the last yes the agent begins the deployment; when it serves, the rest of the ship goes
 * on from here, by the definition that it was shipped with: with another one it is left to whoever calls `deploy`.
 */
export async function answer(
  session: Session,
  shown: Proposal,
  { verdict, reason }: AnswerRequest,
  say: Say,
): Promise<Result<{ readonly left: readonly string[] }>> {
  const { deployment, environment, approval } = shown;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const secrets = await secretsAtHand(session, approval.spec);
  const about = { deployment, environment, verdict, plan: approval.plan, ...(reason !== undefined && { reason }) };
  const call = messageOf({ ...about, secrets });
  const answered = await agent.value.call(routes.approve, call, { onEvent: say, signal: session.ports.signal });
  if (!answered.ok) return answered;
  const { rest = [] } = approval;
  if (verdict === "reject" || rest.length === 0) return ok({ left: [] });
  if (approval.spec.stamp?.definition !== sourcesDigest(session)) return ok({ left: rest });
  const release = await findRelease(session, shown.release);
  if (!release.ok) return release;
  for (const [at, name] of rest.entries()) {
    const applicant = { environment: name, release: release.value, kind: "deploy" } as const;
    const brought = await bring(session, applicant, { wait: true, rest: rest.slice(at + 1) }, say);
    if (!brought.ok) return failed(...brought.failures);
  }
  return ok({ left: [] });
}

/** Those whose values are the same as when it was asked for: the agent may have lost its own with a restart of the machine. */
async function secretsAtHand(
  { project, secrets: places, stateFolder }: Session,
  spec: DeploymentSpec,
): Promise<Secrets> {
  if (Object.keys(spec.secrets).length === 0 || project.environments[spec.environment] === undefined) return new Map();
  const read = await readSecrets(project, places, [spec.environment]);
  const config = await resolveConfig(project, spec.environment, read.get(spec.environment));
  if (!config.ok) return new Map();
  const key = readProjectKey(`${stateFolder}/key`);
  const entries = Object.entries(toEnvironmentVariables(config.value)).filter(
    (entry): entry is [string, Secret] =>
      entry[1] instanceof Secret && key.digest(entry[1].reveal()) === spec.secrets[entry[0]],
  );
  return new Map(entries);
}
