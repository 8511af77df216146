import { routes } from "../../agent/protocol/protocol.ts";
import { nearest } from "../../definition/distance.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { decodeSnapshots, type KnownSnapshot } from "../../records/resource.ts";
import { connect } from "../connect.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import { findKnownEnvironment, type Session } from "../session.ts";

export interface SnapshotsRequest {
  readonly environment: string;
  /** Only of this resource. */
  readonly resource?: string | undefined;
}

/** A snapshot as it is listed. */
export interface ListedSnapshot extends KnownSnapshot {
  readonly environment: string;
}

export interface RestoreRequest extends SnapshotsRequest {
  /** The snapshot's number; default: the newest that was not made before a restore. */
  readonly at?: number | undefined;
}

/** Saves what the resources of an environment keep now. */
export async function backUp(session: Session, request: SnapshotsRequest, say: Say): Promise<Result<void>> {
  const { environment, resource } = request;
  return ask(session, routes.backup, { environment, ...(resource !== undefined && { resource }) }, say);
}

/** Makes the resources of an environment what they were. What they are before is saved first. */
export async function restore(session: Session, request: RestoreRequest, say: Say): Promise<Result<void>> {
  const { environment, resource, at } = request;
  const wanted = { ...(resource !== undefined && { resource }), ...(at !== undefined && { at }) };
  return ask(session, routes.restore, { environment, ...wanted }, say);
}

/** The snapshots that there are of an environment, newest first. */
export async function listSnapshots(session: Session, request: SnapshotsRequest): Promise<Result<ListedSnapshot[]>> {
  const environment = await findSubject(session, request);
  if (!environment.ok) return environment;
  const records = await session.store.snapshots(environment.value);
  const known = records.ok ? decodeSnapshots(records.value) : records;
  if (!known.ok) return known;
  const meant = known.value.filter(({ resource }) => request.resource === undefined || resource === request.resource);
  return ok(meant.map((one) => ({ environment: environment.value, ...one })));
}

async function ask(session: Session, route: string, call: SnapshotsRequest, say: Say): Promise<Result<void>> {
  const environment = await findSubject(session, call);
  if (!environment.ok) return environment;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  return agent.value.call(route, call, { onEvent: say, signal: session.ports.signal });
}

/** The environment that is asked about. Fails with `unknown-resource` when it has no such one, made or in the definition. */
async function findSubject(
  session: Session,
  { environment: name, resource }: SnapshotsRequest,
): Promise<Result<string>> {
  const environment = session.gone.has(name)
    ? findEnvironment(session, name)
    : await findKnownEnvironment(session, name);
  if (!environment.ok || resource === undefined) return environment;
  const made = await session.store.resources(environment.value);
  if (!made.ok) return made;
  const names = new Set([...made.value.map((one) => one.name), ...Object.keys(session.project.resources ?? {})]);
  if (names.has(resource)) return environment;
  const meant = nearest(resource, names);
  const known = names.size === 0 ? "The definition has no resources." : `Its resources: ${[...names].join(", ")}`;
  return failed({
    code: "unknown-resource",
    message: `${environment.value} has no resource "${resource}"`,
    hint: meant === undefined ? known : `Did you mean "${meant}"?`,
  });
}
