import { askAgent } from "../../agent/client/agent-record.ts";
import { lookForDrift } from "../../agent/look-for-drift.ts";
import { routes } from "../../agent/protocol/protocol.ts";
import { configFromDefinition } from "../../environment/drift/config.ts";
import type { DriftReport } from "../../environment/drift/report.ts";
import { specOf } from "../../environment/spec.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { dayOf } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { systemClock } from "../../process/clock.ts";
import { servingIn } from "../../store/serving.ts";
import { secretsFor } from "../config/secrets-for.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { declaredConfig, exceptionsOf, statusNames } from "./status.ts";

export interface DriftRequest {
  /** Default: all. */
  readonly environment?: string | undefined;
}

export interface MendRequest extends DriftRequest {
  /** What is gone with its data is made anew without it. */
  readonly mayBeEmpty?: boolean;
}

/** How what runs is not what was deployed, by looking. Changes nothing. */
export async function drift(session: Session, request: DriftRequest = {}): Promise<Result<readonly DriftReport[]>> {
  const names = await statusNames(session, request.environment);
  if (!names.ok) return names;
  const reports: DriftReport[] = [];
  for (const environment of names.value) {
    const report = await driftOf(session, environment);
    if (!report.ok) return report;
    reports.push(report.value);
  }
  return ok(reports);
}

/**
 * Brings back what drifted, environment by environment, and looks again. What the definition knows stays as it is. What was interrupted
 * is finished before. Fails with `environment-busy` while a rollout is in progress somewhere.
 */
export async function mendDrift(
  session: Session,
  request: MendRequest,
  say: Say,
): Promise<Result<readonly DriftReport[]>> {
  const found = await drift(session, request);
  if (!found.ok) return found;
  const driven = (await askAgent(session.stateFolder))?.about.busy ?? [];
  const busy = found.value.find(({ standing, environment }) => standing === "rollout" && driven.includes(environment));
  if (busy !== undefined) return failed(rolloutFailure(busy));
  const drifted = found.value.filter((report) => report.findings.length > 0 || isInterrupted(report));
  if (drifted.length === 0) return found;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  for (const { environment, known } of drifted) {
    const except = known.map(({ exception }) => exception.subject);
    const watch = { onEvent: say, signal: session.ports.signal };
    const mended = await agent.value.call(
      routes.mend,
      { environment, except, mayBeEmpty: request.mayBeEmpty ?? false },
      watch,
    );
    if (!mended.ok) return mended;
  }
  return drift(session, request);
}

/** Something was begun there. Where nobody is at it, an agent was killed, and the next one finishes it before it looks for drift. */
function isInterrupted({ standing, coverage }: DriftReport): boolean {
  return (
    standing === "rollout" || coverage.unchecked.some(({ because }) => because === "snapshot" || because === "restore")
  );
}

function rolloutFailure({ environment, underWay }: DriftReport): Failure {
  return {
    code: "environment-busy",
    message: `Deployment ${underWay?.deployment} to ${environment} is in progress: nothing is repaired meanwhile`,
    hint: `Wait until it is done: tidegate status ${environment}`,
  };
}

/** 3: there is drift somewhere. 4: nothing could be checked. */
export function driftExit(reports: readonly DriftReport[]): ExitCode {
  if (reports.some(({ verdict }) => verdict === "drift")) return exitCodes.refused;
  return reports.some(({ verdict }) => verdict === "unknown") ? exitCodes.broken : exitCodes.done;
}

async function driftOf(session: Session, environment: string): Promise<Result<DriftReport>> {
  const { store, blobs, stateFolder, ports } = session;
  const serving = await servingIn(store, environment);
  if (!serving.ok) return serving;
  const spec = serving.value && specOf(serving.value);
  if (spec?.ok === false) return spec;
  const declared = await declaredConfig(session.project, environment);
  return lookForDrift({
    store,
    blobs,
    stateFolder,
    project: session.project.name,
    environment,
    secrets: secretsFor(session),
    isWhole: true,
    declared: {
      exceptions: exceptionsOf(session.project, environment),
      fromDefinition: spec === undefined ? [] : configFromDefinition(spec.value, declared),
      today: dayOf(ports.now()),
    },
    clock: systemClock,
  });
}
