import { routes } from "../../agent/protocol/protocol.ts";
import { ok, type Result } from "../../errors/result.ts";
import { decodeSnapshots, type KnownSnapshot } from "../../records/resource.ts";
import { connect } from "../connect.ts";
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
  const environment = await findKnownEnvironment(session, request.environment);
  if (!environment.ok) return environment;
  const records = await session.store.snapshots(environment.value);
  const known = records.ok ? decodeSnapshots(records.value) : records;
  if (!known.ok) return known;
  const meant = known.value.filter(({ resource }) => request.resource === undefined || resource === request.resource);
  return ok(meant.map((one) => ({ environment: environment.value, ...one })));
}

async function ask(
  session: Session,
  route: string,
  call: { readonly environment: string },
  say: Say,
): Promise<Result<void>> {
  const environment = await findKnownEnvironment(session, call.environment);
  if (!environment.ok) return environment;
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  return agent.value.call(route, call, { onEvent: say, signal: session.ports.signal });
}
