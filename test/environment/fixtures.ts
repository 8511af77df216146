import type { DeploymentSpec } from "../../src/environment/spec.ts";
import type { DeploymentRecord, ReleaseRecord } from "../../src/store/store.ts";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

export function release(letter: string, quarantine?: string): ReleaseRecord {
  const record = { digest: digest(letter), createdAt: 1, files: 1, bytes: 1, provenance: {}, made: 1 };
  return quarantine === undefined ? record : { ...record, quarantine: { at: 2, reason: quarantine } };
}

export function deployment(
  id: number,
  letter: string,
  outcome: "deployed" | "reverted" | "stuck" | "unfinished" = "deployed",
): DeploymentRecord {
  const record = {
    id,
    environment: "staging",
    release: digest(letter),
    kind: "deploy",
    at: id,
    spec: spec(letter),
  } as const;
  return outcome === "unfinished" ? record : { ...record, end: { at: id, outcome, failures: [], members: {} } };
}

function spec(letter: string): DeploymentSpec {
  return {
    environment: "staging",
    release: digest(letter),
    kind: "deploy",
    strategy: { strategy: "recreate" },
    url: "http://staging.localhost:8080",
    services: [],
    checks: [],
    config: {},
    secrets: {},
  };
}

/** The same with a config value. */
export function withConfig(record: DeploymentRecord, speed: string): DeploymentRecord {
  return { ...record, spec: { ...(record.spec as object), config: { SPEED: speed } } };
}
