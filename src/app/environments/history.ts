import { type ConfigChange, configChanges } from "../../environment/config-changes.ts";
import { specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { isRecord } from "../../files/is-record.ts";
import {
  type DeploymentRecord,
  eventsKept,
  type IncidentRecord,
  type Store,
  type StoredEvent,
} from "../../store/store.ts";
import { findKnownEnvironment, type Session } from "../session.ts";

/** What a deployment did to the config of its environment. */
export interface HistoryConfig {
  /** Against what served before; [] for the first. */
  readonly changes: readonly ConfigChange[];
  /** Keys set by hand. */
  readonly set: readonly string[];
  /** What is recorded of it is not understood: it is of a newer Tidegate, or damaged. */
  readonly isUnknown?: true;
}

/** How far back what served before a deployment is looked for. */
const lookedAt = 1_000;

export type Deployed = DeploymentRecord & { readonly config: HistoryConfig };

/** A deployment, or something that happened beside them. */
export type Happened = Deployed | IncidentRecord;

export interface HistoryRequest {
  /** Default: all. */
  readonly environment?: string | undefined;
  readonly limit: number;
}

/** What was deployed, rolled back and restarted, newest first. */
export async function history(session: Session, { environment, limit }: HistoryRequest): Promise<Result<Happened[]>> {
  const known = environment === undefined ? ok(environment) : await findKnownEnvironment(session, environment);
  if (!known.ok) return known;
  const filter = { limit, ...(environment === undefined ? {} : { environment }) };
  const listed = await session.store.deployments(filter);
  const deployments = listed.ok ? await withConfig(session.store, listed.value) : listed;
  if (!deployments.ok) return deployments;
  const incidents = await session.store.incidents(filter);
  if (!incidents.ok) return incidents;
  const commands = await commandsRun(session.store, environment);
  if (!commands.ok) return commands;
  const all = [...deployments.value, ...incidents.value, ...commands.value];
  return ok(all.sort((a, b) => b.at - a.at).slice(0, limit));
}

/**
 * The commands that were run in environments, as far back as events are kept. They are none of the incidents: a command
 * that runs every minute would push these out.
 */
async function commandsRun(store: Store, name: string | undefined): Promise<Result<IncidentRecord[]>> {
  const subject = { kind: "environment", ...(name !== undefined && { name }) };
  const page = await store.events({ after: 0, limit: eventsKept, subject });
  if (!page.ok) return page;
  const isCommand = ({ event }: StoredEvent) => isRecord(event) && event.type === "commandRun";
  return ok(
    page.value.events.filter(isCommand).map(({ at, event, subject }) => ({ at, environment: subject.name, event })),
  );
}

/** The deployments with what each changed. */
async function withConfig(store: Store, deployments: readonly DeploymentRecord[]): Promise<Result<Deployed[]>> {
  const byName = new Map<string, readonly DeploymentRecord[]>();
  for (const environment of new Set(deployments.map((deployment) => deployment.environment))) {
    const all = await store.deployments({ environment, limit: lookedAt });
    if (!all.ok) return all;
    byName.set(environment, all.value);
  }
  const changed = deployments.map((deployment): Deployed => {
    const spec = specOf(deployment);
    const before = servedBefore(deployment, byName.get(deployment.environment)!);
    const was = before && specOf(before);
    if (!spec.ok || was?.ok === false) return { ...deployment, config: { changes: [], set: [], isUnknown: true } };
    const changes = was === undefined ? [] : configChanges(was.value, spec.value);
    return { ...deployment, config: { changes, set: spec.value.set ?? [] } };
  });
  return ok(changed);
}

/** `deployments` is newest first. */
function servedBefore({ id }: DeploymentRecord, deployments: readonly DeploymentRecord[]) {
  return deployments.find((other) => other.id < id && other.end?.outcome === "deployed");
}
