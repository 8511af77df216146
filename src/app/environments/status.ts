import { observeEnvironments } from "../../agent/observe.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { toEnvironmentVariables } from "../../config/resolved.ts";
import type { Project } from "../../definition/types.ts";
import { standingOf } from "../../definition/window.ts";
import { knownEnvironments } from "../../environment/about.ts";
import { windowOf } from "../../environment/build-spec.ts";
import type { KnownException } from "../../environment/drift/report.ts";
import { covers } from "../../environment/drift/subject.ts";
import { environmentOrder } from "../../environment/order.ts";
import type { EnvironmentStatus } from "../../environment/status.ts";
import { ok, type Result } from "../../errors/result.ts";
import { secretsFor } from "../config/secrets-for.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Session } from "../session.ts";

export interface StatusRequest {
  /** Default: all. */
  readonly environment?: string | undefined;
}

/** What runs where, by looking. */
export async function status(session: Session, request: StatusRequest): Promise<Result<EnvironmentStatus[]>> {
  const names = await statusNames(session, request.environment);
  if (!names.ok) return names;
  const { store, stateFolder, ports } = session;
  const declared = (name: string) => declaredConfig(session.project, name);
  const observed = await observeEnvironments({
    ...{ store, stateFolder, project: session.project.name, names: names.value },
    now: ports.now(),
    declared,
    secrets: secretsFor(session),
  });
  return observed.ok ? ok(observed.value.map((one) => withWindow(session, withoutKnown(session, one)))) : observed;
}

/** Drift that the agent found and that the definition has a reason for is nothing to tell. */
function withoutKnown({ project }: Session, { driftFound, ...status }: EnvironmentStatus): EnvironmentStatus {
  if (driftFound === undefined) return status;
  const known = exceptionsOf(project, status.name);
  const subjects = driftFound.subjects.filter((one) => !known.some(({ subject }) => covers(subject, one)));
  return subjects.length === 0 ? status : { ...status, driftFound: { ...driftFound, subjects } };
}

function withWindow({ project, ports }: Session, status: EnvironmentStatus): EnvironmentStatus {
  const environment = Object.hasOwn(project.environments, status.name) ? project.environments[status.name] : undefined;
  const { window } = windowOf(environment ?? {});
  return window === undefined ? status : { ...status, window: standingOf(window, ports.now()) };
}

/** What the definition says is known to have drifted. */
export function exceptionsOf({ environments }: Project, name: string): readonly KnownException[] {
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
  return environment?.drift ?? [];
}

const unwell: ReadonlySet<EnvironmentStatus["state"]> = new Set(["degraded", "down", "interrupted", "standsStill"]);

/** Whether everything that should serve does, and is looked after. */
export function isWell({ state }: EnvironmentStatus): boolean {
  return !unwell.has(state);
}

/** What a deployment would bring now, but for secrets; `undefined` when the definition does not say or is wrong there. */
export async function declaredConfig(
  project: Project,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  if (!Object.hasOwn(project.environments, name)) return undefined;
  const config = await resolveConfig(project, name, undefined);
  if (!config.ok) return undefined;
  const texts = Object.entries(toEnvironmentVariables(config.value));
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** The definition's environments, and those that it no longer has but that are there; or the one that is named. */
export async function statusNames(session: Session, name: string | undefined): Promise<Result<string[]>> {
  const known = await knownEnvironments(session.store);
  if (!known.ok) return known;
  const names = environmentOrder(session.project);
  const others = [...known.value.there].filter((one) => !names.includes(one));
  if (name === undefined) return ok([...names, ...others]);
  if (others.includes(name)) return ok([name]);
  const found = findEnvironment(session, name);
  return found.ok ? ok([found.value]) : found;
}
