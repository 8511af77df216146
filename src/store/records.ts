import type { Selectable } from "kysely";
import type { DeploymentKind, DeploymentOutcome } from "../events/event.ts";
import type { DeploymentEnd, DeploymentRecord, EnvironmentRecord, IncidentRecord, ReleaseRecord } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Rows to records: absent columns become absent fields. */

export function toRelease(row: Selectable<Tables["release"]>): ReleaseRecord {
  return {
    digest: row.digest,
    createdAt: row.created_at,
    files: row.files,
    bytes: row.bytes,
    provenance: JSON.parse(row.provenance),
    ...(row.run === null ? {} : { run: row.run }),
    ...(row.quarantined_at === null
      ? {}
      : { quarantine: { at: row.quarantined_at, reason: row.quarantine_reason ?? "" } }),
  };
}

export function toDeployment(row: Selectable<Tables["deployment"]>): DeploymentRecord {
  const end = toEnd(row);
  return {
    id: row.id,
    environment: row.environment,
    release: row.release,
    kind: row.kind as DeploymentKind,
    at: row.at,
    spec: JSON.parse(row.spec),
    ...(end === undefined ? {} : { end }),
  };
}

function toEnd(row: Selectable<Tables["deployment"]>): DeploymentEnd | undefined {
  if (row.ended_at === null) return undefined;
  return {
    at: row.ended_at,
    outcome: row.outcome as DeploymentOutcome,
    failures: JSON.parse(row.failures ?? "[]"),
    members: JSON.parse(row.members ?? "[]"),
    ...(row.serving === null ? {} : { serving: row.serving }),
  };
}

export function toEnvironment(row: Selectable<Tables["environment"]>): EnvironmentRecord {
  return {
    name: row.name,
    members: JSON.parse(row.members),
    stopped: row.stopped === 1,
    ...(row.serving === null ? {} : { serving: row.serving }),
    ...(row.holder === null ? {} : { lease: { holder: row.holder, token: row.token, expiresAt: row.expires_at } }),
  };
}

export function toIncident(row: Selectable<Tables["incident"]>): IncidentRecord {
  return { at: row.at, environment: row.environment, event: JSON.parse(row.event) };
}
