import { messageOf, routes, type SteerCall } from "../../agent/protocol/protocol.ts";
import { parseSet } from "../../config/parse-set.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { readJournal } from "../../rollout/journal.ts";
import { rolloutStanding } from "../../rollout/standing.ts";
import { servingIn } from "../../store/serving.ts";
import { connect } from "../connect.ts";
import { seedPreview } from "../environments/seed.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import { ensureNodes } from "../project-node.ts";
import type { Session } from "../session.ts";
import { type Applicant, admit, type Occasion } from "./door.ts";
import { findRelease, releaseOrLatest } from "./find-release.ts";
import { withMissingVariables } from "./missing-variables.ts";
import { type OverrideRequest, overridesFor } from "./overrides.ts";

/** Whether somebody waits until what served before is no longer kept, too. */
export type Until = "served" | "ended";

interface DeploymentRequest extends Occasion, OverrideRequest {
  readonly until?: Until | undefined;
  /** false: refused when another deployment is under way. */
  readonly wait: boolean;
  /** Config set by hand, for this deployment only: `KEY=VALUE`. */
  readonly set?: readonly string[];
}

export interface DeployRequest extends DeploymentRequest {
  readonly environment: string;
  /** A digest or its beginning; default: the latest. */
  readonly release?: string | undefined;
}

export interface PromoteRequest extends DeploymentRequest {
  /** May be left out when only one environment comes after another. */
  readonly environment?: string | undefined;
}

/** Deploys a release to one environment. What served before serves on when it is not taken. */
export async function deploy(session: Session, request: DeployRequest, say: Say): Promise<Result<void>> {
  const environment = findEnvironment(session, request.environment);
  if (!environment.ok) return environment;
  const set = parseSet(session.project, request.set ?? []);
  if (!set.ok) return set;
  const overrides = overridesFor(session, [environment.value], request);
  if (!overrides.ok) return overrides;
  const release = await releaseOrLatest(session, request.release);
  if (!release.ok) return release;
  const occasion = await occasionOf(session, request);
  if (!occasion.ok) return occasion;
  const applicant = {
    environment: environment.value,
    release: release.value,
    kind: "deploy",
    set: set.value,
    overrides: overrides.value(environment.value),
    ...occasion.value,
  } as const;
  return bring(session, applicant, request, say);
}

/** Deploys what serves in the environment before, unchanged. */
export async function promote(session: Session, request: PromoteRequest, say: Say): Promise<Result<void>> {
  const environment = promotionTarget(session, request.environment);
  if (!environment.ok) return environment;
  const set = parseSet(session.project, request.set ?? []);
  if (!set.ok) return set;
  const overrides = overridesFor(session, [environment.value], request);
  if (!overrides.ok) return overrides;
  const digest = await promotable(session, environment.value);
  const release = digest.ok ? await findRelease(session, digest.value) : digest;
  if (!release.ok) return release;
  const occasion = await occasionOf(session, request);
  if (!occasion.ok) return occasion;
  const applicant = {
    environment: environment.value,
    release: release.value,
    kind: "promote",
    set: set.value,
    overrides: overrides.value(environment.value),
    ...occasion.value,
  } as const;
  return bring(session, applicant, request, say);
}

export interface SteerRequest {
  readonly environment: string;
  readonly what: "pause" | "resume" | "promote";
  readonly reason?: string | undefined;
  /** The step that it is said of, from 1 as `status` shows it; default: the one that it stands at now. */
  readonly step?: number | undefined;
}

/** Lets the deployment to an environment that is under way pause, go on, or go on without waiting. */
export async function steer(session: Session, { reason, step, ...request }: SteerRequest): Promise<Result<void>> {
  const environment = findEnvironment(session, request.environment);
  if (!environment.ok) return environment;
  const of = request.what === "pause" ? ok({}) : await steeredStep(session, environment.value, step);
  if (!of.ok) return of;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const call = { ...request, environment: environment.value, ...(reason !== undefined && { reason }), ...of.value };
  return agent.value.call(routes.steer, call, { signal: session.ports.signal });
}

/** Which step is meant: so that two who say the same at once do not go two steps further. */
async function steeredStep(
  { store }: Session,
  environment: string,
  step: number | undefined,
): Promise<Result<Pick<SteerCall, "of">>> {
  const unfinished = await store.unfinishedDeployments();
  if (!unfinished.ok) return unfinished;
  const underWay = unfinished.value.find((one) => one.environment === environment);
  if (underWay === undefined) return ok({});
  if (step !== undefined) return ok({ of: { deployment: underWay.id, step: step - 1 } });
  const entries = await store.journal(underWay.id);
  const journal = entries.ok ? readJournal(underWay.id, entries.value) : entries;
  if (!journal.ok) return journal;
  const standing = rolloutStanding(journal.value);
  return ok(standing === undefined ? {} : { of: { deployment: underWay.id, step: standing.step - 1 } });
}

/** Takes back the deployment to an environment that is under way. */
export async function takeBack(session: Session, request: { readonly environment: string }): Promise<Result<void>> {
  const environment = findEnvironment(session, request.environment);
  if (!environment.ok) return environment;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const { signal } = session.ports;
  return agent.value.call(routes.abort, { environment: environment.value }, { signal });
}

interface Bringing {
  readonly wait: boolean;
  readonly until?: Until | undefined;
  /** Where it goes afterwards, in case it has to wait for approval. */
  readonly rest?: readonly string[];
}

/** Through the door, then to the agent; resolves when the release is there or taken out again. */
export async function bring(
  session: Session,
  applicant: Applicant,
  { wait, until = "served", rest }: Bringing,
  say: Say,
): Promise<Result<void>> {
  const admitted = await admit(session, applicant, say);
  if (!admitted.ok) return admitted;
  const { parity, ...stamped } = admitted.value;
  if (parity !== undefined) say({ notice: "parityHolds", environment: applicant.environment, report: parity });
  const { folder, ports } = session;
  const ensured = await ensureNodes({ folder, env: ports.env }, stamped.spec.services, say);
  if (!ensured.ok) return ensured;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const call = messageOf({ ...stamped, wait, until, ...(rest && rest.length > 0 && { rest }) });
  const deployed = await agent.value.call(routes.deploy, call, { onEvent: say, signal: session.ports.signal });
  if (!deployed.ok) return failed(...withMissingVariables(session, deployed.failures));
  return seedPreview(session, applicant.environment, say);
}

/** Why it is made; `unknown-deployment` when it is to remedy one that never was. */
export async function occasionOf(session: Session, { remediates, unplanned }: Occasion): Promise<Result<Occasion>> {
  if (remediates !== undefined) {
    const known = await session.store.deployment(remediates);
    if (!known.ok) return known;
    if (known.value === undefined) {
      const message = `There is no deployment ${remediates} to remediate`;
      return failed({ code: "unknown-deployment", message, hint: "List them: tidegate history" });
    }
  }
  return ok({ ...(remediates !== undefined && { remediates }), ...(unplanned && { unplanned }) });
}

function promotionTarget(session: Session, name: string | undefined): Result<string> {
  if (name !== undefined) return findEnvironment(session, name);
  const candidates = Object.entries(session.project.environments).filter(([, { after }]) => after !== undefined);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return ok(only[0]);
  return failed({
    code: "bad-arguments",
    message: "Which environment? There is no single one that comes after another",
    hint: "Name it: tidegate promote production",
  });
}

/** The release that serves in the environment before. */
async function promotable(session: Session, environment: string): Promise<Result<string>> {
  const after = session.project.environments[environment]?.after;
  if (after === undefined) {
    return failed({
      code: "nothing-to-promote",
      message: `${environment} comes after no other environment`,
      hint: `Deploy to it: tidegate deploy ${environment}`,
    });
  }
  const unfinished = await session.store.unfinishedDeployments();
  if (!unfinished.ok) return unfinished;
  const underWay = unfinished.value.find((one) => one.environment === after);
  if (underWay !== undefined) return failed(unsettled(after, underWay.id));
  const serving = await servingIn(session.store, after);
  if (!serving.ok) return serving;
  if (serving.value !== undefined) return ok(serving.value.release);
  return failed({
    code: "nothing-to-promote",
    message: `${after}, which comes before ${environment}, serves no release`,
    hint: `Deploy there first: tidegate deploy ${after}`,
  });
}

/** What it serves may be another release in a moment, or again. */
function unsettled(environment: string, deployment: number): Failure {
  return {
    code: "environment-busy",
    message: `Deployment ${deployment} to ${environment} has not come to its end: what is serving there is not settled`,
    hint: `See where it stands, and what ends it: tidegate status ${environment}`,
  };
}
