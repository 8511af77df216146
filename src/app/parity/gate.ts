import { compareColumns } from "../../environment/parity/compare.ts";
import { parityRefusals } from "../../environment/parity/refusals.ts";
import type { ParityReport } from "../../environment/parity/report.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import { readManifest } from "../../release/read-manifest.ts";
import type { Session } from "../session.ts";
import { environmentColumn, plannedColumn } from "./columns.ts";
import { readPolicy } from "./policy.ts";

/** What the gate found. */
export interface ParityAnswer {
  readonly refused: readonly Failure[];
  /** Absent: the environment comes after none, and there is nothing to compare. */
  readonly report?: ParityReport;
}

/**
 * Compares what serves in the environment before with what a deployment will make, before anything is touched. Fails when
 * what is deployed cannot be read.
 */
export async function askParity(session: Session, spec: DeploymentSpec): Promise<Result<ParityAnswer>> {
  if (spec.after === undefined) return ok({ refused: [] });
  const manifest = await readManifest(spec.release, session.blobs);
  if (!manifest.ok) return manifest;
  const before = await environmentColumn(session, spec.after);
  if (!before.ok) return before;
  const planned = await plannedColumn(session, spec, manifest.value);
  const policy = await readPolicy(session.project, session.ports.now());
  const report = compareColumns([before.value, planned], policy);
  return ok({ report, refused: parityRefusals(report) });
}
