import { lookForDrift } from "../../agent/look-for-drift.ts";
import { configFromDefinition } from "../../environment/drift/config.ts";
import type { DriftReport } from "../../environment/drift/report.ts";
import { specOf } from "../../environment/spec.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { ok, type Result } from "../../errors/result.ts";
import { systemClock } from "../../process/clock.ts";
import { servingIn } from "../../store/serving.ts";
import type { Session } from "../session.ts";
import { declaredConfig, statusNames } from "./status.ts";

export interface DriftRequest {
  /** Default: all. */
  readonly environment?: string | undefined;
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

/** 3: there is drift somewhere. 4: nothing could be looked at. */
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
    environment,
    isWhole: true,
    declared: {
      fromDefinition: spec === undefined ? [] : configFromDefinition(spec.value, declared),
      today: new Date(ports.now()).toISOString().slice(0, 10),
    },
    clock: systemClock,
  });
}
