/**
 * Columns as the database has them. Documents are JSON text; numbers are 64 bits wide in the database and stay below
 * 2^53; `project` is the first part of every key.
 */
export interface Tables {
  /** About the database itself: `schema`, the version of its schema. */
  meta: { key: string; value: string };
  /** The last number given out under a name. */
  counter: { project: string; name: string; value: number };
  release: {
    project: string;
    digest: string;
    created_at: number;
    files: number;
    bytes: number;
    run: string | null;
    provenance: string;
    made: number;
    shipped: number | null;
    quarantined_at: number | null;
    quarantine_reason: string | null;
    quarantine_by: string | null;
    pinned_at: number | null;
    pin_reason: string | null;
    pin_by: string | null;
  };
  environment: {
    project: string;
    name: string;
    serving: number | null;
    members: string;
    stopped: number;
    holder: string | null;
    token: number;
    expires_at: number;
    about: string | null;
  };
  resource: { project: string; environment: string; name: string; document: string };
  snapshot: { project: string; id: number; environment: string; document: string };
  /** The audit log, and its newest entry. */
  audit: { project: string; seq: number; hash: string; entry: string };
  audit_head: { project: string; seq: number; hash: string; key: string | null; signature: string | null };
  deployment: {
    project: string;
    id: number;
    environment: string;
    release: string;
    kind: string;
    at: number;
    spec: string;
    by: string | null;
    ended_at: number | null;
    outcome: string | null;
    failures: string | null;
    members: string | null;
    serving: number | null;
  };
  matter: {
    project: string;
    deployment: number;
    kind: string;
    environment: string;
    is_open: number;
    document: string;
  };
  journal: { project: string; deployment: number; seq: number; at: number; event: string };
  incident: { project: string; id: number; at: number; environment: string; event: string };
  event: {
    project: string;
    seq: number;
    at: number;
    subject_kind: string;
    subject_name: string;
    subject: string;
    by: string | null;
    event: string;
  };
}

/** All but what is about the database itself. */
export const tablesOfProjects = [
  "counter",
  "release",
  "environment",
  "deployment",
  "journal",
  "incident",
  "event",
  "resource",
  "snapshot",
  "audit",
  "audit_head",
  "matter",
] as const satisfies readonly (keyof Tables)[];

/** A statement may have 32,766 values in SQLite and 65,535 in PostgreSQL: so many rows of the widest table are far from it. */
export const rowsAtOnce = 500;
