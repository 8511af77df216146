import { restAgent } from "../../agent/client/client.ts";
import { routes } from "../../agent/protocol/protocol.ts";
import { isProtected } from "../../definition/protected.ts";
import type { MadePreview } from "../../definition/types.ts";
import { aboutOf } from "../../environment/about.ts";
import { urlOf } from "../../environment/build-spec.ts";
import { environmentOrder } from "../../environment/order.ts";
import type { Unended } from "../../environment/previews.ts";
import { both, failed, ok, type Result } from "../../errors/result.ts";
import { servingIn } from "../../store/serving.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import { findKnownEnvironment, type Session } from "../session.ts";
import { checkPorts } from "../taken-ports.ts";
import { type Cost, costOf, type LookedAt } from "./cost.ts";

/** An environment: one of the definition, or a preview. Times are milliseconds since 1970. */
export interface ListedEnvironment {
  readonly name: string;
  readonly url: string;
  readonly driver: string;
  readonly strategy: string;
  readonly after: string | undefined;
  /** When it was made; absent: it was not yet. */
  readonly createdAt?: number;
  readonly owner?: string;
  readonly isProtected: boolean;
  /** Absent: it is one of the definition. */
  readonly preview?: MadePreview;
  /** Of a preview that should be gone: why it is not. */
  readonly unended?: Unended;
  readonly cost: Cost;
}

/** The environments of the definition, in the order releases go through them, and then the previews. */
export async function listEnvironments(session: Session): Promise<Result<ListedEnvironment[]>> {
  const listed: ListedEnvironment[] = [];
  for (const name of environmentOrder(session.project)) {
    const one = await listOne(session, name);
    if (!one.ok) return one;
    listed.push(one.value);
  }
  return ok(listed);
}

/** One of them. Expects that the project has it. `resources`: where they were looked at already. */
export async function listOne(
  session: Session,
  name: string,
  resources?: LookedAt,
): Promise<Result<ListedEnvironment>> {
  const environment = session.project.environments[name]!;
  const record = await session.store.environment(name);
  if (!record.ok) return record;
  const about = aboutOf(record.value);
  if (!about.ok) return about;
  const { createdAt, state, owner, preview: made } = about.value ?? {};
  // What was begun and did not come to its end is not there yet.
  const isMade = createdAt !== undefined && state !== "creating";
  const { preview } = environment;
  return ok({
    name,
    url: urlOf(name, environment),
    driver: environment.driver.driver,
    strategy: environment.strategy.strategy,
    after: environment.after,
    isProtected: isProtected(name, environment),
    ...(isMade && { createdAt }),
    ...(owner !== undefined && { owner }),
    ...(preview && { preview }),
    ...(made?.unended && { unended: made.unended }),
    cost: await costOf(session, name, resources),
  });
}

export interface WhichRequest {
  readonly environment?: string | undefined;
  /** Every environment that the definition or the state knows. */
  readonly all: boolean;
}

export interface ChangeRequest extends WhichRequest {
  /** `start`: what was deployed, and finish what was interrupted. */
  readonly what: "start" | "stop";
}

/**
 * Starts or stops environments. When it was the last one that ran, agent and gateway have ended, too. One that cannot be
 * changed keeps no other one from it, unless nobody waits any more.
 */
export async function changeEnvironments(session: Session, request: ChangeRequest, say: Say): Promise<Result<void>> {
  const names = await namesOf(session, request);
  if (!names.ok) return names;
  if (session.isEmpty || names.value.length === 0) return ok();
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const { signal } = session.ports;
  const results: Result<void>[] = [];
  for (const environment of names.value) {
    if (signal.aborted && results.length > 0) break;
    const done = await agent.value.call(routes[request.what], { environment }, { onEvent: say, signal });
    results.push(done.ok && request.what === "start" ? await isReachable(session, environment) : done);
  }
  const done = both(...results);
  if (done.ok && request.what === "stop") await restAgent(session);
  return done;
}

/** It runs; but while somebody else has its port, nobody reaches it. The gateway takes the port once it is free. */
async function isReachable(session: Session, environment: string): Promise<Result<void>> {
  if (!Object.hasOwn(session.project.environments, environment)) return ok();
  const serving = await servingIn(session.store, environment);
  if (!serving.ok) return serving;
  return serving.value === undefined ? ok() : checkPorts(session, [environment]);
}

/**
 * The names that a request is about. `all`: those of the definition, in the order releases go through them, and then the
 * others that the state knows.
 */
export async function namesOf(session: Session, { environment, all }: WhichRequest): Promise<Result<string[]>> {
  if (all) {
    const stored = await session.store.environments();
    if (!stored.ok) return stored;
    return ok([...new Set([...environmentOrder(session.project), ...stored.value.map((record) => record.name)])]);
  }
  if (environment === undefined) {
    return failed({ code: "bad-arguments", message: "Which environment?", hint: "Name one, or all of them: --all" });
  }
  const found = await findKnownEnvironment(session, environment);
  return found.ok ? ok([found.value]) : found;
}
