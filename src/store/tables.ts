import type { Generated } from "kysely";

/** Columns as the database has them; documents are JSON text. */
export interface Tables {
  meta: { key: string; value: string };
  release: {
    digest: string;
    created_at: number;
    files: number;
    bytes: number;
    run: string | null;
    provenance: string;
    quarantined_at: number | null;
    quarantine_reason: string | null;
  };
  environment: {
    name: string;
    serving: number | null;
    members: string;
    stopped: number;
    holder: string | null;
    token: number;
    expires_at: number;
  };
  deployment: {
    id: Generated<number>;
    environment: string;
    release: string;
    kind: string;
    at: number;
    spec: string;
    ended_at: number | null;
    outcome: string | null;
    failures: string | null;
    members: string | null;
    serving: number | null;
  };
  journal: { deployment: number; seq: number; at: number; event: string };
  incident: { id: Generated<number>; at: number; environment: string; event: string };
}
