import type { Selectable } from "kysely";
import type { DeploymentKind, DeploymentOutcome } from "../../events/event.ts";
import type {
  DeploymentEnd,
  DeploymentRecord,
  EnvironmentRecord,
  IncidentRecord,
  Pin,
  Quarantine,
  ReleaseRecord,
  StoredEvent,
} from "../store.ts";
import type { Tables } from "./tables.ts";

/** Rows to records: absent columns become absent fields. A document that is no JSON throws `DamagedDocument`. */

export class DamagedDocument extends Error {}

/** For a column that may be absent. */
export function fromDocument(document: unknown): string | null {
  return document === undefined ? null : JSON.stringify(document);
}

export function toDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DamagedDocument(`A stored document is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function actor(by: string | null): { readonly by?: unknown } {
  return by === null ? {} : { by: toDocument(by) };
}

export function toRelease(row: Selectable<Tables["release"]>): ReleaseRecord {
  const quarantine = toQuarantine(row);
  const pinned = toPin(row);
  return {
    digest: row.digest,
    createdAt: row.created_at,
    files: row.files,
    bytes: row.bytes,
    provenance: toDocument(row.provenance),
    made: row.made,
    ...(row.run === null ? {} : { run: row.run }),
    ...(row.shipped === null ? {} : { shipped: row.shipped }),
    ...(quarantine && { quarantine }),
    ...(pinned && { pinned }),
  };
}

function toQuarantine(row: Selectable<Tables["release"]>): Quarantine | undefined {
  if (row.quarantined_at === null) return undefined;
  return { at: row.quarantined_at, reason: row.quarantine_reason ?? "", ...actor(row.quarantine_by) };
}

function toPin(row: Selectable<Tables["release"]>): Pin | undefined {
  if (row.pinned_at === null) return undefined;
  const reason = row.pin_reason;
  return { at: row.pinned_at, ...(reason === null ? {} : { reason }), ...actor(row.pin_by) };
}

export function toDeployment(row: Selectable<Tables["deployment"]>): DeploymentRecord {
  const end = toEnd(row);
  return {
    id: row.id,
    environment: row.environment,
    release: row.release,
    kind: row.kind as DeploymentKind,
    at: row.at,
    spec: toDocument(row.spec),
    ...actor(row.by),
    ...(end && { end }),
  };
}

function toEnd(row: Selectable<Tables["deployment"]>): DeploymentEnd | undefined {
  if (row.ended_at === null) return undefined;
  return {
    at: row.ended_at,
    outcome: row.outcome as DeploymentOutcome,
    failures: toDocument(row.failures ?? "[]") as DeploymentEnd["failures"],
    members: toDocument(row.members ?? "[]"),
    ...(row.serving === null ? {} : { serving: row.serving }),
  };
}

export function toEnvironment(row: Selectable<Tables["environment"]>): EnvironmentRecord {
  return {
    name: row.name,
    members: toDocument(row.members),
    stopped: row.stopped === 1,
    ...(row.serving === null ? {} : { serving: row.serving }),
    ...(row.about === null ? {} : { about: toDocument(row.about) }),
    ...(row.holder === null ? {} : { lease: { holder: row.holder, token: row.token, expiresAt: row.expires_at } }),
  };
}

export function toIncident(row: Selectable<Tables["incident"]>): IncidentRecord {
  return { at: row.at, environment: row.environment, event: toDocument(row.event) };
}

export function toEvent(row: Selectable<Tables["event"]>): StoredEvent {
  return {
    seq: row.seq,
    at: row.at,
    subject: toDocument(row.subject) as StoredEvent["subject"],
    ...actor(row.by),
    event: toDocument(row.event),
  };
}
